using System.Diagnostics;
using Conpot.Pi.Hardware.Chips;
using Conpot.Pi.Plc;
using Conpot.Pi.Tests.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hardware.Chips;

/// <summary>The buses' real threads.</summary>
public class ChipSourceTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly SimulatedMachine _machine = new();
    private readonly ProcessImage _image = new();
    private readonly ChipLines _lines = new();

    [Fact]
    public void A_bus_that_hangs_delays_neither_the_scan_nor_the_other_bus_nor_the_end()
    {
        using var stuck = new Stuck();
        var lamps = new SimulatedMcp23017();
        (_machine.I2c[(1, 0x20)], _machine.I2c[(3, 0x20)]) = (stuck, lamps);
        Add("I1.0", "mcp23017 0x20 A0");
        Add("Q1.0", "mcp23017 0x20 B0 safe on");
        Add("Q2.0", "mcp23017 0x20 B0 bus 3 safe on");
        using var source = _lines.Open(_machine.Host(TimeProvider.System));
        source.WriteOutputs(_image, OperatingMode.Run);
        Assert.True(stuck.Reached.Wait(s_patience, TestContext.Current.CancellationToken));
        var watch = Stopwatch.StartNew();
        for (var scan = 0; scan < 100; scan++)
        {
            source.ReadInputs(_image);
            source.WriteOutputs(_image, OperatingMode.Run);
        }
        source.MakeSafe();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, s_patience / 2); // the bus hangs for as long as this test runs
        Assert.Equal(0x0100, lamps.Driven);
        Assert.Empty(_machine.Told);
    }

    [Fact]
    public void An_output_is_on_its_pin_without_waiting_for_anything_due()
    {
        var chip = new Watched();
        _machine.I2c[(1, 0x60)] = chip;
        Add("AQW0", "mcp4725 0x60 safe 32000");
        using var source = _lines.Open(_machine.Host(TimeProvider.System));
        source.WriteOutputs(_image, OperatingMode.Run);
        Assert.True(chip.Came.WaitOne(s_patience));
        _image.Write(AddressTests.At("AQW0"), 16000);
        source.WriteOutputs(_image, OperatingMode.Run);
        Assert.True(chip.Came.WaitOne(s_patience));
        source.MakeSafe();
        Assert.Equal(["0000", "0800", "0FFF"], chip.Written.Select(Convert.ToHexString));
    }

    [Fact]
    public void The_scans_part_allocates_nothing()
    {
        _machine.I2c[(1, 0x20)] = new SimulatedMcp23017();
        Add("I1.0..I1.7", "mcp23017 0x20 A");
        Add("Q1.0..Q1.7", "mcp23017 0x20 B");
        using var source = _lines.Open(_machine.Host(TimeProvider.System));
        source.ReadInputs(_image);
        source.WriteOutputs(_image, OperatingMode.Run);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var scan = 0; scan < 1000; scan++)
        {
            _image.WriteByte(Area.Q, 1, (byte)scan);
            source.ReadInputs(_image);
            source.WriteOutputs(_image, OperatingMode.Run);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256);
    }

    private void Add(string target, string text)
    {
        Assert.True(AddressRange.TryParse(target, out var range, out _));
        Assert.True(_lines.TryAdd(range, text, out var problem), problem);
    }

    /// <summary>A transfer that does not come back.</summary>
    private sealed class Stuck : SimulatedChip, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();

        public ManualResetEventSlim Reached { get; } = new();

        public void Dispose() => _released.Set();

        protected override void Receive(ReadOnlySpan<byte> bytes)
        {
            Reached.Set();
            _released.Wait();
            throw new IOException("Error 110 performing I2C data transfer.");
        }

        protected override void Answer(Span<byte> bytes)
        {
        }
    }

    private sealed class Watched : SimulatedChip
    {
        public AutoResetEvent Came { get; } = new(initialState: false);

        protected override void Receive(ReadOnlySpan<byte> bytes) => Came.Set();

        protected override void Answer(Span<byte> bytes) => bytes.Clear();
    }
}
