using System.Globalization;
using Conpot.Pi.Events;

namespace Conpot.Pi.Net;

/// <summary>Handshakes without an end: those that their makers reset, as a SYN scan does, and a flood of them. The kernel only counts them, without a source.</summary>
/// <param name="statistics">Names and numbers of TcpExt's counters, in two lines below each other.</param>
internal sealed class HalfOpenScans(Journal journal, string statistics = "/proc/net/netstat")
{
    private (long Resets, long Flood)? _seen = Read(statistics);

    /// <summary>Records what came since the last look; called once a second, one small file.</summary>
    public void Look()
    {
        if (Read(statistics) is not { } now) return; // no file handle to spare: what came meanwhile is in the next difference
        var before = _seen ?? now;
        _seen = now;
        Record(EventCatalog.HalfOpen, now.Resets - before.Resets);
        Record(EventCatalog.SynFlood, now.Flood - before.Flood);
    }

    private void Record(EventKind kind, long count)
    {
        if (count <= 0) return;
        var line = journal.Begin(kind, null, Outcome.Failure);
        line.Number("count"u8, count);
        journal.End(ref line);
    }

    /// <summary>Null where it cannot be read: such connections stay unseen.</summary>
    private static (long Resets, long Flood)? Read(string statistics)
    {
        try
        {
            using var lines = File.ReadLines(statistics).GetEnumerator();
            while (lines.MoveNext())
            {
                var names = lines.Current;
                if (!lines.MoveNext()) break;
                if (!names.StartsWith("TcpExt:", StringComparison.Ordinal)) continue;
                var columns = names.Split(' ');
                var numbers = lines.Current.Split(' ');
                long Of(string name) => Array.IndexOf(columns, name) is > 0 and var index ? long.Parse(numbers[index], CultureInfo.InvariantCulture) : 0;
                return (Of("EmbryonicRsts"), Of("TCPReqQFullDoCookies") + Of("TCPReqQFullDrop"));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            // No such file here, or none that we understand.
        }
        return null;
    }
}
