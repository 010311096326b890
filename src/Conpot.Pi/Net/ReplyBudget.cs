using System.Net;

namespace Conpot.Pi.Net;

/// <summary>How much a source of datagrams may have answered: its address may be forged, and then the replies hit somebody else.</summary>
/// <param name="PacketsPerSecond">Datagrams answered in the long run; 0 for no limit.</param>
/// <param name="Amplification">Bytes out per byte in, in the long run; 0 for no limit.</param>
internal sealed record BudgetLimits(int PacketsPerSecond, double Amplification)
{
    /// <summary>Requests at once: a walk of the whole MIB has some 200.</summary>
    public int PacketBurst => Math.Max(1000, 10 * PacketsPerSecond);

    /// <summary>Bytes at once, beyond the ratio: a few bulk walks of the whole MIB, 15 KB each.</summary>
    public const int ByteBurst = 128 * 1024;

    /// <summary>Bytes per second that the burst fills up with again.</summary>
    public const int ByteRefill = 4 * 1024;
}

/// <summary>Decides whether a source's datagram is looked at, and sums up those that are not; its table is bounded.</summary>
internal sealed class ReplyBudget(BudgetLimits limits, TimeProvider time)
{
    private const int MostSources = 4096;

    /// <summary>One event per source and this long.</summary>
    internal static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Dictionary<IPAddress, Source> _sources = [];

    private sealed class Source
    {
        public double Packets, Bytes;
        public long Seen, DeniedSince, Denied;
        public Sum Last;
    }

    /// <summary>Datagrams of a source that were not looked at.</summary>
    internal readonly record struct Sum(IPEndPoint Source, IPEndPoint Destination, long Count);

    public bool HasDenied { get; private set; }

    /// <param name="largestReply">There must be room for it: a reply cannot be taken back once its event is written.</param>
    public bool Admit(IPEndPoint from, int requestBytes, int largestReply)
    {
        var source = SourceOf(from.Address);
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(source.Seen, now).TotalSeconds;
        source.Seen = now;
        source.Packets = Math.Min(limits.PacketBurst, source.Packets + elapsed * limits.PacketsPerSecond);
        source.Bytes = Math.Min(BudgetLimits.ByteBurst, source.Bytes + elapsed * BudgetLimits.ByteRefill);
        if (limits.PacketsPerSecond > 0 && source.Packets < 1) return false;
        if (limits.Amplification > 0 && source.Bytes + requestBytes * limits.Amplification < largestReply) return false;
        source.Packets--;
        source.Bytes += requestBytes * limits.Amplification;
        return true;
    }

    public void Spend(IPEndPoint from, int replyBytes) => SourceOf(from.Address).Bytes -= replyBytes;

    /// <summary>Counts a datagram that was not looked at.</summary>
    /// <returns>True for the first of a window: it is reported at once.</returns>
    public bool Deny(IPEndPoint from, IPEndPoint to)
    {
        var source = SourceOf(from.Address);
        source.Last = new Sum(from, to, 0);
        HasDenied = true;
        if (source.DeniedSince != 0)
        {
            source.Denied++;
            return false;
        }
        source.DeniedSince = time.GetTimestamp();
        return true;
    }

    /// <summary>The sums whose window is over; a caller may break off and come back for the rest.</summary>
    /// <param name="all">The others as well: nobody will come back.</param>
    public IEnumerable<Sum> Due(bool all = false)
    {
        var waiting = false;
        foreach (var source in _sources.Values)
        {
            if (source.DeniedSince == 0) continue;
            if (!all && time.GetElapsedTime(source.DeniedSince) < Window)
            {
                waiting = true;
                continue;
            }
            var count = source.Denied;
            (source.Denied, source.DeniedSince) = (0, 0);
            if (count > 0) yield return source.Last with { Count = count };
        }
        HasDenied = waiting;
    }

    private Source SourceOf(IPAddress address)
    {
        if (_sources.TryGetValue(address, out var source)) return source;
        if (_sources.Count >= MostSources)
        {
            // The longest quiet half goes; a source that comes back begins with a full budget, which 4096 others had to pay for.
            foreach (var (quiet, _) in _sources.OrderBy(s => s.Value.Seen).Take(MostSources / 2).ToList()) _sources.Remove(quiet);
        }
        source = new Source { Packets = limits.PacketBurst, Bytes = BudgetLimits.ByteBurst, Seen = time.GetTimestamp() };
        _sources.Add(address, source);
        return source;
    }
}
