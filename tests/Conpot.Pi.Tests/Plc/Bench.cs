using Conpot.Pi.Plc;
using Conpot.Pi.Plc.Signals;
using Microsoft.Extensions.Time.Testing;

namespace Conpot.Pi.Tests.Plc;

/// <summary>A CPU on the bench: a clock turned by hand, and a few lines of [io].</summary>
internal sealed class Bench
{
    public Bench(params (string Target, string Source)[] lines) : this(CpuSettings.Default, lines)
    {
    }

    public Bench(CpuSettings settings, params (string Target, string Source)[] lines)
    {
        Cpu = new Cpu(new ProcessImage(settings.VMemory), new IoProgram(lines.Select(line => Line(line.Target, line.Source))), settings, Time);
        Cpu.ModeChanged += Told.Add;
    }

    public FakeTimeProvider Time { get; } = new();

    public Cpu Cpu { get; }

    public ProcessImage Image => Cpu.Image;

    public List<ModeChange> Told { get; } = [];

    public bool Bit(string address) => Image[AddressTests.At(address)];

    public int Word(string address) => (short)Image.Read(AddressTests.At(address));

    public void Set(string address, uint value) => Image.Write(AddressTests.At(address), value);

    /// <summary>Time passes, then somebody looks.</summary>
    public void After(double seconds)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        Cpu.Refresh();
    }

    public static Signal Line(string target, string source) =>
        new IoConfig(new DeviceSeed(1), MemoryMap.LargestV).TryParseLine(target, source, out var signal, out var problem) ? signal : throw new ArgumentException(problem);
}
