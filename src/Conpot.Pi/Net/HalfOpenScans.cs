using System.Globalization;
using Conpot.Pi.Events;

namespace Conpot.Pi.Net;

/// <summary>SYN scans: handshakes that their makers reset before the end. The kernel only counts them (EmbryonicRsts), without a source.</summary>
internal sealed class HalfOpenScans(Journal journal)
{
    private const string Statistics = "/proc/net/netstat";
    private long _seen = Read();

    /// <summary>Records what came since the last look; called once a second, one small file.</summary>
    public void Look()
    {
        var now = Read();
        var count = now - _seen;
        _seen = now;
        if (count <= 0) return;
        var line = journal.Begin(EventCatalog.HalfOpen, null, Outcome.Failure);
        line.Number("count"u8, count);
        journal.End(ref line);
    }

    /// <summary>TcpExt's counter; 0 where there is none. Names and numbers stand in two lines below each other.</summary>
    private static long Read()
    {
        try
        {
            using var lines = File.ReadLines(Statistics).GetEnumerator();
            while (lines.MoveNext())
            {
                var names = lines.Current;
                if (!lines.MoveNext()) break;
                if (!names.StartsWith("TcpExt:", StringComparison.Ordinal)) continue;
                var index = Array.IndexOf(names.Split(' '), "EmbryonicRsts");
                return index > 0 ? long.Parse(lines.Current.Split(' ')[index], CultureInfo.InvariantCulture) : 0;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            // No such file here: such scans stay unseen.
        }
        return 0;
    }
}
