using System.Net;
using Conpot.Pi.Net;

namespace Conpot.Pi.Hosting;

/// <summary>The open ports of the plan in force, and the connections that outlived theirs. Once the loop runs, its thread alone comes in here.</summary>
internal sealed class Listeners(NetLoop loop, SessionIds ids, Admission admission, Action<string> complain) : IDisposable
{
    private readonly List<PortService> _closed = [];
    private List<PortService> _open = [];

    /// <summary>Protocol and address of every open port.</summary>
    public IEnumerable<(string Protocol, IPEndPoint EndPoint)> EndPoints => _open.Select(s => (s.Protocol, s.EndPoint));

    /// <exception cref="IOException">A port cannot be had, and none is open; the message is complete.</exception>
    public void Open(SensorPlan plan) => _open = Bind(Ports(plan));

    /// <summary>Begins to accept.</summary>
    public void Start()
    {
        foreach (var service in _open) service.Start();
    }

    /// <summary>Goes over to other ports and limits; a port that stays is not even closed for a moment.</summary>
    /// <param name="endSessions">Why every connection ends, as when the device restarts; null lets them go on.</param>
    /// <returns>Null, or why the old ports go on.</returns>
    public string? Change(SensorPlan old, SensorPlan next, string? endSessions)
    {
        _closed.RemoveAll(s => s.SessionCount == 0);
        var wanted = Ports(next).ToList();
        var staying = _open.Where(s => endSessions is null && wanted.Exists(w => w.Is(s))).ToList();
        var leaving = _open.Except(staying).ToList();
        // Closed before the others are opened: "every address" and one of them exclude each other.
        foreach (var service in leaving) service.Stop(null);
        _closed.AddRange(leaving);
        List<PortService> bound = [], started = [];
        try
        {
            bound = Bind(wanted.Where(w => !staying.Exists(w.Is)));
            foreach (var service in bound)
            {
                service.Start();
                started.Add(service);
            }
            _open = [.. staying, .. bound];
        }
        catch (IOException e)
        {
            foreach (var service in started) service.Stop(null);
            _closed.AddRange(started);
            foreach (var service in bound.Except(started)) service.Dispose();
            _open = [.. staying, .. BindAgain(Ports(old).Where(p => leaving.Exists(p.Is)))];
            return e.Message;
        }
        admission.Change(next.Network.Limits);
        foreach (var service in staying)
        {
            wanted.Find(w => w.Is(service))!.GiveTo(service);
        }
        if (endSessions is not null) End(endSessions);
        return null;
    }

    /// <summary>Closes every port and ends every connection with an event.</summary>
    public void Stop(string reason)
    {
        foreach (var service in _open) service.Stop(reason);
        _open = [];
        End(reason);
    }

    public void Dispose()
    {
        foreach (var service in _open) service.Dispose();
    }

    /// <summary>Ends the connections of all closed ports.</summary>
    private void End(string reason)
    {
        foreach (var service in _closed) service.Stop(reason);
    }

    private static List<PortService> Bind(IEnumerable<ListeningPort> ports)
    {
        var bound = new List<PortService>();
        try
        {
            foreach (var port in ports) bound.Add(port.Open());
            return bound;
        }
        catch
        {
            foreach (var service in bound) service.Dispose();
            throw;
        }
    }

    /// <summary>The old plan's ports were just ours; should somebody have taken one meanwhile, the sensor goes on without it rather than not at all.</summary>
    private List<PortService> BindAgain(IEnumerable<ListeningPort> ports)
    {
        var bound = new List<PortService>();
        foreach (var port in ports)
        {
            PortService? service = null;
            try
            {
                service = port.Open();
                service.Start();
                bound.Add(service);
            }
            catch (IOException e)
            {
                service?.Dispose();
                complain(e.Message);
            }
        }
        return bound;
    }

    private IEnumerable<ListeningPort> Ports(SensorPlan plan) => ListeningPort.Of(plan, loop, admission, ids);
}
