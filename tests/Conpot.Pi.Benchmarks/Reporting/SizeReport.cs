using System.Globalization;
using System.Text;
using Conpot.Pi.Benchmarks.Measures;

namespace Conpot.Pi.Benchmarks.Reporting;

/// <summary>The verb <c>size</c>: where the binary's bytes come from, and what it would have without each of its features.</summary>
internal static class SizeReport
{
    /// <summary>Rows below this many bytes are added up in one.</summary>
    private const long Least = 20_000;

    /// <param name="features">Lines "name bytes" of binaries that were built without a feature; none without the file.</param>
    public static string Write(string mstat, string binary, string? features)
    {
        var size = BinarySize.Read(mstat);
        var file = new FileInfo(binary).Length;
        var page = new StringBuilder("# The binary: what is in it\n\nWritten by `scripts/bench.sh size --write`; README.md says how to read it.\n\n");
        page.Append(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd}: {file:N0} bytes. Types are kept packed in the file and unpacked at the start, so the tables add up to more than it.\n");
        if (features is not null)
            Table(page, "Without a feature", "left out|bytes saved", File.ReadLines(features).Select(l => l.Split(' ')).Select(l => (l[0].Replace('_', ' '), file - long.Parse(l[1], CultureInfo.InvariantCulture))), least: long.MinValue);
        Table(page, "Code and types, by assembly", "assembly|bytes", size.Assemblies.Select(a => (a.Key, a.Value)), Least);
        Table(page, "Code and types of the sensor's own, by folder", "namespace|bytes", size.Namespaces.Select(n => (n.Key, n.Value)), Least);
        Table(page, "Tables and data", "kind|bytes", size.Blobs.Select(b => (b.Key, b.Value)), Least);
        return page.ToString();
    }

    private static void Table(StringBuilder page, string title, string head, IEnumerable<(string What, long Bytes)> rows, long least)
    {
        var all = rows.OrderByDescending(r => r.Bytes).ToList();
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n|{head}|\n|---|---:|\n");
        foreach (var (what, bytes) in all.Where(r => r.Bytes >= least)) page.Append(CultureInfo.InvariantCulture, $"|{what}|{bytes:N0}|\n");
        if (all.Count(r => r.Bytes < least) is > 0 and var others) page.Append(CultureInfo.InvariantCulture, $"|{others} smaller ones|{all.Where(r => r.Bytes < least).Sum(r => r.Bytes):N0}|\n");
    }
}
