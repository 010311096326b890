using System.Device.I2c;
using System.Device.Spi;
using Conpot.Pi.Events;
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
    private readonly Journal _journal;
    private readonly Action<string> _complain;
    private readonly List<(string Device, string? Problem)> _devices = [];
    private volatile IReadOnlyList<string> _faults = [];

    /// <param name="openLines">Opens the header's chip, given the name in [hardware] gpiochip.</param>
    /// <param name="complain">What is wrong: stderr.</param>
    public IoRack(SensorPlan plan, TimeProvider time, Func<string?, LineDriver> openLines, Journal journal, Action<string> complain)
    {
        (_plan, _journal, _complain) = (plan, journal, complain);
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

    /// <summary>What does not work now, each with its remedy.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The outside of the CPU comes alive.</summary>
    public void Start()
    {
        _board.Start();
        Panel.Look(); // first: with the switch in STOP no output is driven for a moment by a program that runs
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

    /// <summary>On the module's thread.</summary>
    private void Told(string device, string? problem)
    {
        var slot = _devices.FindIndex(d => d.Device == device);
        if (slot < 0) _devices.Add((device, problem));
        else _devices[slot] = (device, problem);
        byte modules = 0;
        for (var i = 0; i < _devices.Count; i++) // in the order in which they were first heard of; more than seven share the last
            if (_devices[i].Problem is not null) modules |= (byte)(1 << Math.Min(i, Modules - 1));
        _faults = [.. _devices.Where(d => d.Problem is not null).Select(d => $"{d.Device}: {d.Problem}")];
        _plan.Cpu.SetModuleFaults(modules);
        Panel.Show();
        _complain(problem is null ? $"{device} works again" : $"{device}: {problem}");
        var line = _journal.Begin(EventCatalog.PlcModule, null, problem is null ? Outcome.Success : Outcome.Failure);
        line.Text("device"u8, device);
        if (problem is not null) line.Text("problem"u8, problem, 1024);
        _journal.End(ref line);
    }
}
