using System.Device.I2c;
using System.Device.Spi;
using Conpot.Pi.Hardware;

namespace Conpot.Pi.Hosting;

/// <summary>The real hardware behind one fake CPU: I/O module and front panel, from power-up until another CPU takes their place.</summary>
internal sealed class IoRack : IDisposable
{
    /// <summary>The expansion modules that an S7-200 has error registers for.</summary>
    private const int Modules = 7;

    private readonly SensorPlan _plan;
    private readonly LineBoard _board;
    private readonly IoModule _module;
    private readonly Action<string, string?> _report;
    private readonly List<(string Device, bool Faulty)> _devices = [];

    /// <param name="openLines">Opens the header's chip, given the name in [hardware] gpiochip.</param>
    /// <param name="report">Records and says what failed (or works again: null), on the module's thread.</param>
    public IoRack(SensorPlan plan, TimeProvider time, Func<string?, LineDriver> openLines, Action<string, string?> report)
    {
        (_plan, _report) = (plan, report);
        IoModule? module = null;
        _board = new LineBoard(() => openLines(plan.GpioChip), time, (device, problem) => module!.Told(device, problem));
        _module = module = new IoModule(plan.Cpu, plan.Io.Families, new HardwareHost
        {
            Time = time,
            Wake = static () => { },
            Tell = Told,
            I2c = I2cDevice.Create,
            Spi = SpiDevice.Create,
            Board = _board,
        });
        Panel = new FrontPanel(plan.Panel, plan.Cpu, _board, time);
        _board.Changed += module.Wake;
        _board.Changed += Panel.Look;
    }

    public FrontPanel Panel { get; }

    /// <summary>The outside of the CPU comes alive.</summary>
    public void Start()
    {
        _board.Start();
        _module.Start();
        Panel.Show();
        Panel.Look();
    }

    /// <summary>Outputs safe, lamps out, everything given back.</summary>
    public void Dispose()
    {
        _module.Dispose();
        Panel.Dispose();
        _board.Dispose();
    }

    private void Told(string device, string? problem)
    {
        var slot = _devices.FindIndex(d => d.Device == device);
        if (slot < 0) _devices.Add((device, problem is not null));
        else _devices[slot] = (device, problem is not null);
        byte faults = 0;
        for (var i = 0; i < _devices.Count; i++) // in the order in which they were first heard of; more than seven share the last
            if (_devices[i].Faulty) faults |= (byte)(1 << Math.Min(i, Modules - 1));
        _plan.Cpu.SetModuleFaults(faults);
        Panel.Show();
        _report(device, problem);
    }
}
