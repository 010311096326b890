using Conpot.Pi.Hardware;
using Conpot.Pi.Plc;
using Conpot.Pi.Tests.Plc;
using Microsoft.Extensions.Time.Testing;

namespace Conpot.Pi.Tests.Hardware;

/// <summary>A CPU with a header of simulated pins; no thread runs, a test makes the scans and the board's rounds itself.</summary>
internal sealed class HeaderRig : IDisposable
{
    private readonly List<IIoSource> _sources = [];

    public HeaderRig(params (string Target, string Text)[] lines)
    {
        Board = new LineBoard(() => OpenFails is { } why ? throw new IOException(why) : Open(), Time, (device, problem) => Told.Add((device, problem)));
        Board.Changed += () => Wakes++;
        foreach (var (target, text) in lines)
            if (!Io.TryAdd(Range(target), text, out var problem)) throw new ArgumentException(problem);
    }

    public StopOutputs Stop { get; init; } = StopOutputs.Off;

    /// <summary>A pin that is in use when the chip is opened.</summary>
    public int? Taken { get; set; }

    public FakeTimeProvider Time { get; } = new();

    /// <summary>The chip as it was opened last.</summary>
    public FakeLines Chip { get; private set; } = new();

    public string? OpenFails { get; set; }

    public IoLines Io { get; } = IoLines.Standard();

    public LineBoard Board { get; }

    public Cpu Cpu { get => field ??= new Cpu(new ProcessImage(), IoProgram.Empty, CpuSettings.Default with { StopOutputs = Stop }, Time); }

    public List<(string Device, string? Problem)> Told { get; } = [];

    public int Wakes { get; set; }

    public string Root { get; init; } = "/nowhere";

    public bool this[string address]
    {
        get => Cpu.Image[AddressTests.At(address)];
        set => Cpu.Image[AddressTests.At(address)] = value;
    }

    public HeaderRig PowerUp()
    {
        var host = new HardwareHost
        {
            Time = Time,
            Wake = () => Wakes++,
            Tell = (device, problem) => Told.Add((device, problem)),
            I2c = _ => throw new IOException("no bus"),
            Spi = _ => throw new IOException("no bus"),
            Board = Board,
            Root = Root,
        };
        foreach (var family in Io.Families) _sources.Add(family.Open(host));
        Board.TakeLines(); // what Start does, without its thread
        Cpu.PowerUp();
        Cpu.Attach(new All(_sources), null);
        Cpu.Scan();
        return this;
    }

    public void MakeSafe() => _sources.ForEach(s => s.MakeSafe());

    public static AddressRange Range(string text) => AddressRange.TryParse(text, out var range, out var problem) ? range : throw new ArgumentException(problem);

    public void Dispose()
    {
        _sources.ForEach(s => s.Dispose());
        Board.Dispose();
        Cpu.Dispose();
    }

    private FakeLines Open()
    {
        Chip = new FakeLines();
        if (Taken is { } pin) Chip.Taken[pin] = "in use";
        return Chip;
    }

    private sealed class All(List<IIoSource> sources) : IIoModule
    {
        public void ReadInputs(ProcessImage image) => sources.ForEach(s => s.ReadInputs(image));

        public void WriteOutputs(ProcessImage image, OperatingMode mode, Address? forced) => sources.ForEach(s => s.WriteOutputs(image, mode, forced));
    }
}
