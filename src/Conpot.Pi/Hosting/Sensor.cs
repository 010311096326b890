using System.Net;
using Conpot.Pi.Events;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hosting;

/// <summary>A running decoy: starts its parts in the order journal, CPU, network, listeners, and stops them in the reverse.</summary>
internal sealed partial class Sensor : IDisposable
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
    private Outbound? _outbound;
    private ITimer? _watch;
    private HalfOpenScans? _halfOpen;
    private Listeners? _listeners;
    private long _pongs, _pings;
    private string? _toldFault;
    private bool _toldTrouble;

    /// <param name="say">Talk for the person who started it: stderr, unless it is to be quiet.</param>
    /// <param name="complain">What is wrong: stderr.</param>
    public Sensor(ConfigSource source, SensorPlan plan, TimeProvider time, Action<string> say, Action<string> complain) =>
        (_source, _plan, _time, _say, _complain) = (source, plan, time, say, complain);

    public SensorPlan Plan => _plan;

    /// <summary>Protocol and address of every open port.</summary>
    public IEnumerable<(string Protocol, IPEndPoint EndPoint)> EndPoints => _listeners?.EndPoints ?? [];

    /// <exception cref="IOException">The journal or a port cannot be had; the message is complete.</exception>
    public void Start()
    {
        lock (_changing)
        {
            BeginToCount();
            _file = JournalFile.Open(_plan.Journal);
            var run = new SplitMix64(_plan.Seed.For("run") ^ (ulong)_time.GetUtcNow().Ticks);
            _journal = new Journal(_file, _plan.Name, run.Next().ToString("x16", System.Globalization.CultureInfo.InvariantCulture)[..8], _time);
            var firstOfRun = _file.NextSequence;
            _outbound = new Outbound(_journal, _plan, _time);
            _lights = new PanelLights(_plan.StateDirectory, _outbound.Alerts.Concerns);
            _journal.Observers = [_lights, .. _outbound.Observers];
            _loop = new NetLoop(_journal, _time, _plan.Connections);
            _listeners = new Listeners(_loop, new SessionIds(() => run.Next()), new Admission(_plan.Network.Limits, _time), _complain);
            _halfOpen = new HalfOpenScans(_journal);
            PowerUp(_plan.Cpu);
            _listeners.Open(_plan);
            OpenControl();
            RecordStart();
            TellStanding();
            OpenRack();
            _ = _journal.Commit();
            _listeners.Start();
            _loop.Start();
            _outbound.Start(_plan, firstOfRun, () => (_plan.Cpu.Mode, Sessions));
            _control?.Start();
            KeepSettings();
            if (StateDirectory.Problem(_plan.StateDirectory, create: true) is { } unusable) _complain(unusable);
            _watch = _time.CreateTimer(_ => Watch(), null, WatchInterval, WatchInterval);
        }
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

    /// <summary>One for each sink, for status and test-alert.</summary>
    public IReadOnlyList<Forwarder> Forwarders => _outbound?.Forwarders ?? [];

    /// <summary>What has been raised and ignored, for status.</summary>
    public Alerts? Alerts => _outbound?.Alerts;

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
            _control?.Dispose();
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
                _outbound?.Dispose();
                CloseRack();
                (_loop, _journal) = (null, null);
                return;
            }
            foreach (var protocol in _plan.Protocols) protocol.Retire(successor: null);
            CloseRack();
            _outbound!.Finish();
            var line = _journal!.Begin(EventCatalog.SensorStop, null, Outcome.Success);
            line.Number("kept"u8, _journal.KeptTotal);
            line.Number("lost"u8, _journal.LostTotal);
            _journal.End(ref line);
            _ = _journal.Commit();
            _outbound.Stop();
            if (!_journal.IsEmpty) _ = _journal.Commit();
            if (_journal.LostTotal > 0) _complain($"{_journal.LostTotal} events were lost in this run; the journal's sensor.lost events tell which");
            Dispose();
        }
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _outbound?.Dispose();
        _control?.Dispose();
        _listeners?.Dispose();
        CloseRack();
        _plan.Cpu.Dispose();
        _loop?.Dispose();
        _journal?.Dispose();
        _loop = null;
    }

    private void PowerUp(Cpu cpu)
    {
        cpu.ModeChanged += RecordMode;
        cpu.PowerUp(continues: true);
    }

    /// <summary>A CPU that is not, or no longer, the one in force: what it still does is nobody's business.</summary>
    private void PowerDown(Cpu cpu)
    {
        cpu.ModeChanged -= RecordMode;
        cpu.Dispose();
    }

    /// <summary>As <see cref="Take"/>; a card that fails meanwhile is a reason to complain, not to end.</summary>
    private string? TryTake(SensorPlan next)
    {
        try
        {
            return Take(next);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>Puts a new plan in force; open sessions go on unless the CPU itself is another.</summary>
    /// <returns>Null, or why the old plan goes on.</returns>
    private string? Take(SensorPlan next)
    {
        if (next.Name != _plan.Name || next.Journal != _plan.Journal || next.Control != _plan.Control) return "'name', [journal] and [control] change only at a restart: systemctl restart conpot-pi";
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
        }
        if (newCpu) PowerDown(problem is null ? old.Cpu : next.Cpu);
        if (problem is null)
        {
            foreach (var protocol in old.Protocols) protocol.Retire(next.Protocols.First(p => p.Name == protocol.Name));
            _outbound!.Change(next);
        }
        return problem;
    }

    private void Watch()
    {
        _loop?.Watch();
        _halfOpen?.Look();
        if (_journal is { } journal) TellFault(journal);
        TellTrouble();
        if (_outbound is not { } outbound) return;
        outbound.Alerts.Look();
        _lights?.Trouble("sinks", outbound.AnyFaulted);
    }
}
