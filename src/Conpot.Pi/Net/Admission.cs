using System.Net;

namespace Conpot.Pi.Net;

/// <summary>[network] limits: how many connections, from whom, how fast.</summary>
/// <param name="Connections">Over all protocols.</param>
/// <param name="PerAddress">From one address, over all protocols.</param>
/// <param name="PerSecond">New connections from one address in the long run.</param>
/// <param name="Burst">New connections from one address at once.</param>
internal sealed record AdmissionLimits(int Connections, int PerAddress, int PerSecond, int Burst);

/// <summary>Decides whether one more connection may come in; its tables are bounded, and refusals are summed up, not listed.</summary>
internal sealed class Admission(AdmissionLimits limits, TimeProvider time)
{
    /// <summary>Addresses that are remembered beyond their open connections; the longest quiet one goes first.</summary>
    private const int MostAddresses = 4096;

    /// <summary>Refusals of one address within this are listed one by one up to <see cref="MostListed"/> and then counted: a flood must not wash the journal away.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    internal const int MostListed = 16;

    public const string DeviceFull = "device's connections in use";

    private readonly Dictionary<IPAddress, Visitor> _visitors = [];
    private int _open;

    /// <summary>A refusal that is due to be reported.</summary>
    /// <param name="Count">Connections since the last report.</param>
    internal readonly record struct Refusals(IPEndPoint Source, IPEndPoint Destination, string Protocol, string Reason, long Count);

    private sealed class Visitor
    {
        public int Open;
        public double Tokens;
        public long Seen;
        public int Listed;
        public long Refused;
        public long RefusedSince;
        public Refusals Last;
    }

    /// <summary>Addresses that are remembered now.</summary>
    internal int Remembered => _visitors.Count;

    /// <summary>Something is waiting for <see cref="Due"/>.</summary>
    public bool HasRefusals { get; private set; }

    /// <summary>Other limits from now on; who is in stays in.</summary>
    public void Change(AdmissionLimits next) => limits = next;

    /// <summary>Null when the connection may come in (then <see cref="Leave"/> follows one day), else the limit that stands against it.</summary>
    /// <param name="serviceOpen">Connections that the service has now.</param>
    /// <param name="serviceLimit">What the profile's device has for it.</param>
    /// <param name="serviceHeld">Those of <paramref name="serviceOpen"/> that this address has.</param>
    public string? Enter(IPAddress address, int serviceOpen, int serviceLimit, int serviceHeld = 0)
    {
        var visitor = VisitorOf(address);
        var now = time.GetTimestamp();
        visitor.Tokens = Math.Min(limits.Burst, visitor.Tokens + time.GetElapsedTime(visitor.Seen, now).TotalSeconds * limits.PerSecond);
        visitor.Seen = now;
        if (serviceOpen >= serviceLimit) return DeviceFull;
        if (_open >= limits.Connections) return "sensor's connections in use";
        if (visitor.Open >= limits.PerAddress) return "address's connections in use";
        if (serviceHeld >= Share(serviceLimit)) return "address's connections of the device in use";
        if (visitor.Tokens < 1) return "address connects too fast";
        visitor.Tokens--;
        visitor.Open++;
        _open++;
        return null;
    }

    /// <summary>Three quarters of a service's connections, as 48 are of Modbus' 64: one visitor must not keep all others out. Who lets an address have all the sensor's, lets it have all of these.</summary>
    private int Share(int serviceLimit) => limits.PerAddress >= limits.Connections ? serviceLimit : serviceLimit - serviceLimit / 4;

    public void Leave(IPAddress address)
    {
        _open--;
        if (_visitors.TryGetValue(address, out var visitor)) visitor.Open--;
    }

    /// <summary>Counts a refusal.</summary>
    /// <returns>True for the first ones of a window: they are reported at once.</returns>
    public bool Refuse(IPEndPoint source, IPEndPoint destination, string protocol, string reason)
    {
        var visitor = VisitorOf(source.Address);
        visitor.Last = new Refusals(source, destination, protocol, reason, 0);
        HasRefusals = true;
        if (visitor.RefusedSince == 0) visitor.RefusedSince = time.GetTimestamp();
        if (visitor.Listed++ < MostListed) return true;
        visitor.Refused++;
        return false;
    }

    /// <summary>The sums whose window is over; a caller may break off and come back for the rest.</summary>
    /// <param name="all">The others as well: nobody will come back.</param>
    public IEnumerable<Refusals> Due(bool all = false)
    {
        var waiting = false;
        foreach (var visitor in _visitors.Values)
        {
            if (visitor.RefusedSince == 0) continue;
            if (!all && time.GetElapsedTime(visitor.RefusedSince) < Window)
            {
                waiting = true;
                continue;
            }
            var count = visitor.Refused;
            (visitor.Listed, visitor.Refused, visitor.RefusedSince) = (0, 0, 0);
            if (count > 0) yield return visitor.Last with { Count = count };
        }
        HasRefusals = waiting;
    }

    private Visitor VisitorOf(IPAddress address)
    {
        if (_visitors.TryGetValue(address, out var visitor)) return visitor;
        if (_visitors.Count >= MostAddresses) Forget();
        visitor = new Visitor { Tokens = limits.Burst, Seen = time.GetTimestamp() };
        _visitors.Add(address, visitor);
        return visitor;
    }

    /// <summary>Drops the quieter half of those without a connection and without a sum to report.</summary>
    private void Forget()
    {
        var quiet = _visitors.Where(v => v.Value.Open == 0 && v.Value.Refused == 0).OrderBy(v => v.Value.Seen).Take(MostAddresses / 2).Select(v => v.Key).ToList();
        foreach (var address in quiet) _visitors.Remove(address);
        if (quiet.Count > 0) return;
        // A flood of refusals from everywhere: one sum is lost, memory is not. Those that have a connection are bounded by its limit.
        if (_visitors.FirstOrDefault(v => v.Value.Open == 0).Key is { } someone) _visitors.Remove(someone);
    }
}
