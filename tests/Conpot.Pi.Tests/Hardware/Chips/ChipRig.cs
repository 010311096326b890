using Conpot.Pi.Hardware.Chips;
using Conpot.Pi.Plc;
using Conpot.Pi.Tests.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hardware.Chips;

/// <summary>Lines of [io] on one simulated bus, turned by hand.</summary>
internal sealed class ChipRig : IDisposable
{
    private readonly ChipLatch[] _latches;
    private readonly Bus _bus;
    private TimeSpan _wait;

    public ChipRig(SimulatedMachine machine, params (string Target, string Text)[] lines)
    {
        Machine = machine;
        List<(AddressRange Target, ChipLine Line)> read = [];
        foreach (var (target, text) in lines)
        {
            Assert.True(AddressRange.TryParse(target, out var range, out var problem), problem);
            var line = ChipLine.Read(range, text, out problem);
            Assert.True(line is not null, problem);
            read.Add((range, line));
        }
        List<ChipSpec> specs = [];
        foreach (var (_, line) in read)
        {
            var spec = specs.Find(spec => spec.Place == line.Place);
            if (spec is null)
                specs.Add(spec = new ChipSpec(line.Kind, line.Place));
            spec.Points.AddRange(line.Points);
            spec.Frequency ??= line.Frequency;
        }
        (ChipSpec Spec, ChipLatch Latch)[] chips = [.. specs.Select(spec => (spec, new ChipLatch(spec.Inputs, spec.Outputs)))];
        _latches = [.. chips.Select(chip => chip.Latch)];
        _bus = new Bus(Assert.Single(specs.Select(spec => spec.Place.Bus).Distinct()), chips, machine.Host());
    }

    public SimulatedMachine Machine { get; }

    public ProcessImage Image { get; } = new();

    public OperatingMode Mode { get; set; } = OperatingMode.Run;

    /// <summary>One scan: what the bus has is in the image, what the image has is with the bus.</summary>
    public void Scan()
    {
        foreach (var latch in _latches)
            latch.ReadInputs(Image);
        foreach (var latch in _latches)
            latch.WriteOutputs(Image, Mode);
    }

    public void Turn() => _wait = _bus.Turn();

    /// <summary>Time passes, and the bus turns whenever it wanted to.</summary>
    public void Run(double seconds)
    {
        Scan();
        Turn();
        var left = TimeSpan.FromSeconds(seconds);
        while (_wait <= left)
        {
            // As the thread does: whole milliseconds, rounded up.
            var step = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(_wait.TotalMilliseconds)));
            Machine.Time.Advance(step);
            left -= step;
            Turn();
        }
        Machine.Time.Advance(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        Scan();
    }

    public void MakeSafe() => _bus.MakeSafe();

    public int Word(string address) => (short)Image.Read(AddressTests.At(address));

    public bool Bit(string address) => Image[AddressTests.At(address)];

    public void Set(string address, uint value) => Image.Write(AddressTests.At(address), value);

    public void Dispose() => _bus.Dispose();
}
