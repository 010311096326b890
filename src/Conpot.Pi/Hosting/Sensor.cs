using System.Net;
using System.Net.Sockets;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols;

namespace Conpot.Pi.Hosting;

/// <summary>A running decoy: starts its parts in the order journal, CPU, network, listeners, and stops them in the reverse.</summary>
internal sealed class Sensor : IDisposable
{
    /// <summary>Stop is done within a second (systemd and a person's patience); the loop gets most of it.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromMilliseconds(800);

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private readonly ConfigSource _source;
    private readonly TimeProvider _time;
    private readonly Action<string> _say;
    private readonly Lock _changing = new();
    private SensorPlan _plan;
    private JournalFile? _file;
    private Journal? _journal;
    private NetLoop? _loop;
    private ITimer? _watch;
    private HalfOpenScans? _halfOpen;
    private SessionIds? _ids;
    private List<TcpService> _services = [];
    private long _pongs, _pings;

    /// <param name="say">Talk for the person who started it: stderr.</param>
    public Sensor(ConfigSource source, SensorPlan plan, TimeProvider time, Action<string> say) => (_source, _plan, _time, _say) = (source, plan, time, say);

    public SensorPlan Plan => _plan;

    /// <summary>Protocol and address of every open port.</summary>
    public IEnumerable<(string Protocol, IPEndPoint EndPoint)> Listeners => _services.Select(s => (s.Protocol, s.EndPoint));

    /// <exception cref="IOException">The journal or a port cannot be had; the message is complete.</exception>
    public void Start()
    {
        _file = JournalFile.Open(_plan.Journal);
        var run = new SplitMix64(_plan.Seed.For("run") ^ (ulong)_time.GetUtcNow().Ticks);
        _ids = new SessionIds(() => run.Next());
        _journal = new Journal(_file, _plan.Name, run.Next().ToString("x16", System.Globalization.CultureInfo.InvariantCulture)[..8], _time);
        _loop = new NetLoop(_journal, _time);
        _halfOpen = new HalfOpenScans(_journal);
        PowerUp(_plan.Cpu);
        _services = Bind(_plan);
        RecordStart();
        _ = _journal.Commit();
        foreach (var service in _services) service.Start();
        _loop.Start();
        _watch = _time.CreateTimer(_ => Watch(), null, WatchInterval, WatchInterval);
    }

    /// <summary>Reads the configuration again and takes it, or keeps the old one and says why.</summary>
    public void Reload()
    {
        lock (_changing)
        {
            var errors = new ConfigErrors();
            var next = SensorPlan.Read(_source, _plan, _time, create: true, errors);
            var problem = next is null ? string.Join("; ", errors.InOrder) : Take(next);
            foreach (var error in errors.InOrder) _say(error.ToString());
            _say(problem is null ? "configuration taken" : "configuration refused; the old one goes on: " + (next is null ? "see above" : problem));
            var line = _journal!.Begin(EventCatalog.SensorConfig, null, problem is null ? Outcome.Success : Outcome.Failure);
            line.Text("profile"u8, _plan.Profile.Name);
            if (problem is not null) line.Text("problem"u8, problem, 2048);
            _journal.End(ref line);
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
            var stopped = new ManualResetEventSlim();
            _loop.Post(() =>
            {
                foreach (var service in _services) service.Stop("sensor stops");
                stopped.Set();
            });
            stopped.Wait(StopPatience);
            _loop.Stop(StopPatience);
            var line = _journal!.Begin(EventCatalog.SensorStop, null, Outcome.Success);
            line.Number("kept"u8, _journal.KeptTotal);
            line.Number("lost"u8, _journal.LostTotal);
            _journal.End(ref line);
            _ = _journal.Commit();
            Dispose();
        }
    }

    public void Dispose()
    {
        _watch?.Dispose();
        foreach (var service in _services) service.Dispose();
        _plan.Cpu.Dispose();
        _loop?.Dispose();
        _journal?.Dispose();
        _loop = null;
    }

    private void PowerUp(Cpu cpu)
    {
        cpu.ModeChanged += RecordMode;
        cpu.PowerUp();
    }

    private List<TcpService> Bind(SensorPlan plan)
    {
        var admission = new Admission(plan.Network.Limits, _time);
        var bound = new List<TcpService>();
        try
        {
            foreach (var protocol in plan.Protocols.Where(p => p.Enabled))
                foreach (var port in protocol.TcpPorts)
                    foreach (var address in plan.Network.Listen)
                    {
                        var jitter = plan.Seed.Stream($"latency {protocol.Name}");
                        var latency = new Latency(port.Latency.From, port.Latency.To, () => jitter.NextDouble());
                        var settings = new TcpServiceSettings(protocol.Name, new IPEndPoint(address, port.Port), port.Connections, port.IdleTimeout);
                        bound.Add(Listen(settings, admission, latency, port));
                    }
            return bound;
        }
        catch
        {
            foreach (var service in bound) service.Dispose();
            throw;
        }
    }

    /// <summary>The old plan's ports were just ours; should somebody have taken one meanwhile, the sensor goes on with none rather than not at all.</summary>
    private List<TcpService> BindAgain(SensorPlan old)
    {
        try
        {
            return Bind(old);
        }
        catch (IOException e)
        {
            _say(e.Message);
            return [];
        }
    }

    private TcpService Listen(TcpServiceSettings settings, Admission admission, Latency latency, TcpPort port)
    {
        try
        {
            return new TcpService(settings, _loop!, admission, _ids!, latency, port.Converse);
        }
        catch (SocketException e)
        {
            var remedy = e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"stop the program that has it ('ss -ltnp sport = :{settings.EndPoint.Port}' names it), or set [{settings.Protocol}] port",
                SocketError.AccessDenied => $"run it as the conpot-pi service (it holds CAP_NET_BIND_SERVICE), or set [{settings.Protocol}] port to 1024 or higher",
                SocketError.AddressNotAvailable => "this machine has no such address; set [network] listen to one that 'ip address' shows",
                _ => "check [network] listen",
            };
            throw new IOException($"cannot listen on {settings.EndPoint}: {e.Message}; {remedy}", e);
        }
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
            // The old listeners close first, as the new ones may want the same ports.
            foreach (var service in _services) service.Stop(newCpu ? "device restarts" : null);
            try
            {
                _services = Bind(next);
                (_plan, problem) = (next, null);
            }
            catch (IOException e)
            {
                problem = e.Message;
                _services = BindAgain(old);
            }
            foreach (var service in _services) service.Start();
            done.Set();
        });
        done.Wait();
        if (newCpu && problem is null)
        {
            old.Cpu.Dispose();
            PowerUp(next.Cpu);
        }
        return problem;
    }

    private void Watch()
    {
        _loop?.Watch();
        _halfOpen?.Look();
    }

    private void RecordStart()
    {
        var line = _journal!.Begin(EventCatalog.SensorStart, null, Outcome.Success);
        line.Text("version"u8, Version.Text);
        line.Text("profile"u8, _plan.Profile.Name);
        line.Text("ecs"u8, "9.0.0"); // the version of the Elastic Common Schema whose names all lines use
        line.Text("listening"u8, string.Join(", ", Listeners.Select(l => $"{l.Protocol} {l.EndPoint}")));
        if (_file!.RepairedBytes > 0) line.Number("repaired_bytes"u8, _file.RepairedBytes);
        _journal.End(ref line);
    }

    private void RecordMode(ModeChange change)
    {
        if (change.Reason == ModeReason.PowerUp) return; // sensor.start says it
        var line = _journal!.Begin(EventCatalog.PlcMode, null, Outcome.Success);
        line.Text("from"u8, change.From == OperatingMode.Run ? "RUN" : "STOP");
        line.Text("to"u8, change.To == OperatingMode.Run ? "RUN" : "STOP");
        line.Text("reason"u8, change.Reason.ToString());
        if (change.SystemFault) line.Flag("system_fault"u8, true);
        _journal.End(ref line);
    }
}
