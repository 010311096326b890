using System.Net;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Hardware;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hosting;

/// <summary>A running decoy: starts its parts in the order journal, CPU, network, listeners, and stops them in the reverse.</summary>
internal sealed class Sensor : IDisposable
{
    /// <summary>Stop is done within a second (systemd and a person's patience); the loop gets most of it.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromMilliseconds(800);

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private readonly ConfigSource _source;
    private readonly TimeProvider _time;
    private readonly Action<string> _say, _complain;
    private readonly Lock _changing = new();
    private SensorPlan _plan;
    private JournalFile? _file;
    private Journal? _journal;
    private NetLoop? _loop;
    private ITimer? _watch;
    private HalfOpenScans? _halfOpen;
    private Listeners? _listeners;
    private PanelLights? _lights;
    private IoRack? _rack;
    private long _pongs, _pings;
    private string? _toldFault;

    /// <param name="say">Talk for the person who started it: stderr, unless it is to be quiet.</param>
    /// <param name="complain">What is wrong: stderr.</param>
    public Sensor(ConfigSource source, SensorPlan plan, TimeProvider time, Action<string> say, Action<string> complain) =>
        (_source, _plan, _time, _say, _complain) = (source, plan, time, say, complain);

    public SensorPlan Plan => _plan;

    /// <summary>Opens the header's chip, given its name in the settings; a test puts a simulated one here.</summary>
    internal Func<string?, LineDriver> OpenLines { get; init; } = chip => CharacterDriver.Open("/", chip);

    /// <summary>Protocol and address of every open port.</summary>
    public IEnumerable<(string Protocol, IPEndPoint EndPoint)> EndPoints => _listeners?.EndPoints ?? [];

    /// <exception cref="IOException">The journal or a port cannot be had; the message is complete.</exception>
    public void Start()
    {
        lock (_changing)
        {
            _file = JournalFile.Open(_plan.Journal);
            var run = new SplitMix64(_plan.Seed.For("run") ^ (ulong)_time.GetUtcNow().Ticks);
            _journal = new Journal(_file, _plan.Name, run.Next().ToString("x16", System.Globalization.CultureInfo.InvariantCulture)[..8], _time);
            _journal.Observers = [_lights = new PanelLights(_plan.StateDirectory)];
            _loop = new NetLoop(_journal, _time, _plan.Connections);
            _listeners = new Listeners(_loop, new SessionIds(() => run.Next()), new Admission(_plan.Network.Limits, _time), _complain);
            _halfOpen = new HalfOpenScans(_journal);
            PowerUp(_plan.Cpu);
            _listeners.Open(_plan);
            RecordStart();
            OpenRack();
            _ = _journal.Commit();
            _listeners.Start();
            _loop.Start();
            _watch = _time.CreateTimer(_ => Watch(), null, WatchInterval, WatchInterval);
        }
    }

    /// <summary>Reads the configuration again and takes it, or keeps the old one and says why.</summary>
    public void Reload()
    {
        lock (_changing)
        {
            if (_loop is null) return; // it has just stopped
            var errors = new ConfigErrors();
            var next = ReadAgain(errors, out var problem);
            foreach (var error in errors.InOrder) _complain(error.ToString());
            if (next is not null) problem = Take(next);
            _lights!.Trouble("settings", problem is not null);
            if (problem is null) _say("configuration taken");
            else _complain("configuration refused; the old one goes on: " + (errors.Any ? "see above" : problem));
            if (next is not null && !ReferenceEquals(next.Cpu, _plan.Cpu)) next.Cpu.Dispose();
            var line = _journal!.Begin(EventCatalog.SensorConfig, null, problem is null ? Outcome.Success : Outcome.Failure);
            line.Text("profile"u8, _plan.Profile.Name);
            if (problem is null) line.Text("listening"u8, Listening);
            else line.Text("problem"u8, problem, 2048);
            _journal.End(ref line);
        }
    }

    /// <summary>A hostile event that nobody has acknowledged yet.</summary>
    public bool Alert => _lights is { Alert: true };

    /// <summary>Somebody has seen the alert: the lamp goes out until the next hostile event.</summary>
    /// <param name="by">"button", "command".</param>
    /// <returns>Whether there was one.</returns>
    public bool Acknowledge(string by)
    {
        if (_lights is not { } lights || !lights.Acknowledge() || _journal is not { } journal) return false;
        var line = journal.Begin(EventCatalog.SensorAcknowledged, null, Outcome.Success);
        line.Text("by"u8, by);
        journal.End(ref line);
        return true;
    }

    /// <summary>Null when all is well; else what hangs. Called by the watchdog: an answer that depends on the loop takes two calls to be found missing.</summary>
    public string? Health()
    {
        if (_journal!.IsStalled || _journal.WritingFor > TimeSpan.FromSeconds(5)) return "the journal hangs";
        if (Interlocked.Read(ref _pongs) < _pings) return "the network loop does not turn";
        _pings++;
        _loop!.Post(() => Interlocked.Increment(ref _pongs));
        return null;
    }

    /// <summary>One line for systemctl status.</summary>
    public string Status => $"{_plan.Profile.Name}, {(_plan.Cpu.Mode == OperatingMode.Run ? "RUN" : "STOP")}, {_loop!.Sessions} sessions, {_journal!.KeptTotal} events"
        + (_journal.LostTotal > 0 ? $", {_journal.LostTotal} LOST" : "") + (_journal.Fault is { } fault ? $", journal: {fault}" : "");

    /// <summary>Ends every session with an event, commits, and gives everything back.</summary>
    public void Stop()
    {
        lock (_changing)
        {
            if (_loop is null) return;
            _watch?.Dispose();
            var stopped = new ManualResetEventSlim(); // not disposed: a loop that hangs may set it late
            _loop.Post(() =>
            {
                _listeners!.Stop("sensor stops");
                stopped.Set();
            });
            if (!stopped.Wait(StopPatience) || !_loop.Stop(StopPatience))
            {
                // Whatever touched the journal now would hang as well; the process ends around the thread.
                _complain("the journal hangs; what it has not taken yet is lost");
                CloseRack();
                (_loop, _journal) = (null, null);
                return;
            }
            foreach (var protocol in _plan.Protocols) protocol.Retire();
            CloseRack();
            var line = _journal!.Begin(EventCatalog.SensorStop, null, Outcome.Success);
            line.Number("kept"u8, _journal.KeptTotal);
            line.Number("lost"u8, _journal.LostTotal);
            _journal.End(ref line);
            _ = _journal.Commit();
            if (_journal.LostTotal > 0) _complain($"{_journal.LostTotal} events were lost in this run; the journal's sensor.lost events tell which");
            Dispose();
        }
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _listeners?.Dispose();
        CloseRack();
        _plan.Cpu.Dispose();
        _loop?.Dispose();
        _journal?.Dispose();
        _loop = null;
    }

    /// <summary>Null with either errors or a problem.</summary>
    private SensorPlan? ReadAgain(ConfigErrors errors, out string? problem)
    {
        try
        {
            var next = SensorPlan.Read(_source, _plan, _time, create: true, errors);
            problem = next is null ? string.Join("; ", errors.InOrder) : null;
            return next;
        }
        catch (IOException e)
        {
            problem = e.Message;
            return null;
        }
    }

    private void PowerUp(Cpu cpu)
    {
        cpu.ModeChanged += RecordMode;
        cpu.PowerUp(continues: true);
    }

    /// <summary>Puts a new plan in force; open sessions go on unless the CPU itself is another.</summary>
    /// <returns>Null, or why the old plan goes on.</returns>
    private string? Take(SensorPlan next)
    {
        if (next.Name != _plan.Name || next.Journal != _plan.Journal) return "'name' and [journal] change only at a restart: systemctl restart conpot-pi";
        var old = _plan;
        var newCpu = !ReferenceEquals(next.Cpu, old.Cpu);
        string? problem = null;
        using var done = new ManualResetEventSlim();
        _loop!.Post(() =>
        {
            try
            {
                if (newCpu) PowerUp(next.Cpu); // before anybody can ask it
                problem = _listeners!.Change(old, next, newCpu ? "device restarts" : null);
                if (problem is null) _plan = next;
            }
            finally
            {
                done.Set();
            }
        });
        done.Wait();
        if (newCpu && problem is null)
        {
            CloseRack(); // before the new one opens the same lines
            OpenRack();
            old.Cpu.Dispose();
        }
        return problem;
    }

    /// <summary>The I/O module and the front panel of the CPU in force; one that is not there is told, and no reason to stay away from the network.</summary>
    private void OpenRack()
    {
        _rack = new IoRack(_plan, _time, OpenLines, RecordModule);
        _rack.Panel.Acknowledged += () => Acknowledge("button");
        _lights!.Panel = _rack.Panel;
        _rack.Start();
    }

    private void CloseRack()
    {
        if (_lights is { } lights) lights.Panel = null;
        _rack?.Dispose();
        _rack = null;
    }

    private string Listening => string.Join(", ", EndPoints.Select(l => $"{l.Protocol} {l.EndPoint}"));

    private void Watch()
    {
        _loop?.Watch();
        _halfOpen?.Look();
        if (_journal is { } journal) TellFault(journal);
    }

    /// <summary>A person hears once that events are being lost, and once that it is over.</summary>
    private void TellFault(Journal journal)
    {
        var fault = journal.Fault;
        if ((fault is null) == (_toldFault is null)) return;
        _toldFault = fault;
        _lights?.Trouble("journal", fault is not null);
        _complain(fault is null
            ? $"the journal {journal.Directory} works again; {journal.LostTotal} events were lost"
            : $"the journal {journal.Directory} does not take events: {fault}; the sensor answers on and counts what is lost. Make room, or check the card ('dmesg' names its errors)");
    }

    private void RecordStart()
    {
        var line = _journal!.Begin(EventCatalog.SensorStart, null, Outcome.Success);
        line.Text("version"u8, Version.Text);
        line.Text("profile"u8, _plan.Profile.Name);
        line.Text("ecs"u8, "9.0.0"); // the version of the Elastic Common Schema whose names all lines use
        line.Text("listening"u8, Listening);
        if (_file!.RepairedBytes > 0) line.Number("repaired_bytes"u8, _file.RepairedBytes);
        _journal.End(ref line);
    }

    private void RecordModule(string device, string? problem)
    {
        _complain(problem is null ? $"{device} works again" : $"{device}: {problem}");
        var line = _journal!.Begin(EventCatalog.PlcModule, null, problem is null ? Outcome.Success : Outcome.Failure);
        line.Text("device"u8, device);
        if (problem is not null) line.Text("problem"u8, problem, 1024);
        _journal.End(ref line);
    }

    private void RecordMode(ModeChange change)
    {
        _lights?.Panel?.Show();
        if (change.Reason == ModeReason.PowerUp) return; // sensor.start says it
        var line = _journal!.Begin(EventCatalog.PlcMode, null, Outcome.Success);
        line.Text("from"u8, change.From == OperatingMode.Run ? "RUN" : "STOP");
        line.Text("to"u8, change.To == OperatingMode.Run ? "RUN" : "STOP");
        line.Text("reason"u8, change.Reason.ToString());
        if (change.SystemFault) line.Flag("system_fault"u8, true);
        _journal.End(ref line);
    }
}
