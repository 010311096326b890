using System.Collections.Concurrent;
using Conpot.Pi.Hardware;
using Conpot.Pi.Plc;
using Conpot.Pi.Tests.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hardware;

/// <summary>The module with its thread and the board's, on the real clock: that they find each other, and that nothing runs by itself.</summary>
public sealed class IoModuleTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FakeLines _chip = new();
    private readonly BlockingCollection<(string Device, string? Problem)> _told = [];
    private readonly Cpu _cpu = new(new ProcessImage(), IoProgram.Empty, CpuSettings.Default, TimeProvider.System);
    private LineBoard? _board;
    private IoModule? _module;

    [Fact]
    public void An_edge_is_in_the_image_and_a_written_output_on_its_pin_without_anybody_asking()
    {
        Open(("I0.0", "gpio 17"), ("Q0.0", "gpio 27"));
        _chip.Pull(17, high: true);
        Assert.True(SpinWait.SpinUntil(() => _cpu.Image[AddressTests.At("I0.0")], Patience));
        _cpu.Image[AddressTests.At("Q0.0")] = true;
        Assert.True(SpinWait.SpinUntil(() => _chip.Level(27), Patience));
        _module!.Dispose();
        Assert.False(_chip.Level(27)); // off at the end
        _board!.Dispose();
        Assert.True(_chip.Closed);
        _cpu.Scan(); // without hardware again
    }

    [Fact]
    public void With_inputs_alone_it_scans_when_they_change()
    {
        Open(("I0.0", "gpio 17"));
        Assert.True(SpinWait.SpinUntil(() => _cpu.Scans >= 2, Patience)); // power-up, and the module's first
        var scans = _cpu.Scans;
        _cpu.Image[AddressTests.At("Q0.0")] = true;
        _chip.Pull(17, high: true);
        Assert.True(SpinWait.SpinUntil(() => _cpu.Image[AddressTests.At("I0.0")], Patience));
        // One for the edge, and those that the CPU makes by itself once a second.
        Assert.InRange(_cpu.Scans - scans, 1, 30);
    }

    [Fact]
    public void A_family_that_cannot_open_is_told_and_the_others_work()
    {
        Open(("I0.0", "gpio 17"), ("Q0.0", "broken"));
        Assert.True(_told.TryTake(out var told, Patience));
        Assert.Equal(("broken", "no such thing"), told);
        _chip.Pull(17, high: true);
        Assert.True(SpinWait.SpinUntil(() => _cpu.Image[AddressTests.At("I0.0")], Patience));
    }

    [Fact]
    public void A_module_that_fails_lights_SF_and_its_bits_and_the_CPU_runs_on()
    {
        _cpu.PowerUp();
        _cpu.SetModuleFaults(0b100_0001);
        Assert.True(_cpu.SystemFault);
        Assert.Equal(OperatingMode.Run, _cpu.Mode);
        _cpu.Image.WriteByte(Area.SM, 9, 0); // somebody wipes it
        _cpu.Scan();
        Assert.True(_cpu.Image[AddressTests.At("SM5.0")]);
        Assert.Equal([0x10, 0, 0, 0, 0, 0, 0x10], Enumerable.Range(0, 7).Select(m => (int)_cpu.Image.ReadByte(Area.SM, 9 + 2 * m)));
        Assert.Equal(ModeAnswer.Done, _cpu.Stop(ModeReason.Network));
        Assert.Equal(ModeAnswer.Done, _cpu.Start(ModeReason.Network)); // not fatal
        _cpu.SetModuleFaults(0);
        Assert.False(_cpu.SystemFault);
        Assert.False(_cpu.Image[AddressTests.At("SM5.0")]);
        Assert.Equal(0, _cpu.Image.ReadByte(Area.SM, 21));
    }

    public void Dispose()
    {
        _module?.Dispose();
        _board?.Dispose();
        _cpu.Dispose();
        _told.Dispose();
    }

    private void Open(params (string Target, string Text)[] lines)
    {
        var io = new IoLines([new GpioLines(), new Broken()]);
        foreach (var (target, text) in lines) Assert.True(io.TryAdd(HeaderRig.Range(target), text, out var problem), problem);
        _board = new LineBoard(() => _chip, TimeProvider.System, (device, problem) => _module!.Told(device, problem));
        _module = new IoModule(_cpu, io.Families, new HardwareHost
        {
            Time = TimeProvider.System,
            Wake = () => { },
            Tell = (device, problem) => _told.Add((device, problem)),
            I2c = _ => throw new IOException("no bus"),
            Spi = _ => throw new IOException("no bus"),
            Board = _board,
        });
        _board.Changed += _module.Wake;
        _cpu.PowerUp();
        _board.Start();
        _module.Start();
    }

    /// <summary>A family for which this machine is not made.</summary>
    private sealed class Broken : ILineFamily
    {
        private readonly List<IoPoint> _points = [];

        public IReadOnlyList<string> Words { get; } = ["broken"];

        public IEnumerable<PinUse> Pins => [];

        public IEnumerable<IoPoint> Points => _points;

        public bool TryAdd(AddressRange target, string text, out string problem)
        {
            problem = "";
            _points.Add(new(target.First, text));
            return true;
        }

        public ILineFamily Only(Address address) => throw new NotSupportedException();

        public IIoSource Open(HardwareHost host) => throw new IOException("no such thing");
    }
}
