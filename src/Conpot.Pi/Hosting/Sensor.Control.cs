using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using Conpot.Pi.Hosting.Control;

namespace Conpot.Pi.Hosting;

/// <content>What a person on the spot can ask of the sensor while it runs, and the socket where it is asked.</content>
internal sealed partial class Sensor
{
    private ControlServer? _control;
    private long _startedAt;

    public DateTimeOffset Started { get; private set; }

    public TimeSpan Uptime => _time.GetElapsedTime(_startedAt);

    /// <summary>Null while it does not run.</summary>
    public Journal? Journal => _journal;

    /// <summary>Connections and datagram sessions open now.</summary>
    public int Sessions => _loop?.Sessions ?? 0;

    /// <summary>How far each sink has come.</summary>
    public IReadOnlyList<SinkStatus> Sinks => [.. Forwarders.Select(f => f.Status)];

    private void BeginToCount() => (Started, _startedAt) = (_time.GetUtcNow(), _time.GetTimestamp());

    /// <summary>Another sensor in its place stops this one; any other trouble with it is no reason to stay dark.</summary>
    private void OpenControl()
    {
        if (!_plan.Control.Enabled) return;
        try
        {
            _control = new ControlServer(ControlSocket.Listen(_plan.Control.Socket), SensorVerbs.Of(this, _time), _time, _complain);
        }
        catch (IOException e) when (e is not ControlException)
        {
            _complain(e.Message);
        }
    }
}
