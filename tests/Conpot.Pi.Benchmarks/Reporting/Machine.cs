using System.Runtime.InteropServices;
using Conpot.Pi.Benchmarks.Processes;

namespace Conpot.Pi.Benchmarks.Reporting;

/// <summary>Where the figures come from: without it none of them means anything.</summary>
internal static class Machine
{
    public static IEnumerable<(string What, string Value)> Describe(RigScope scope, string peerPackage)
    {
        yield return ("date", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture));
        yield return ("revision", Ask(scope, "git", "-C", scope.RepositoryDirectory, "describe", "--always", "--dirty"));
        yield return ("processor", $"{Processor()}, {Environment.ProcessorCount} cores seen, {RuntimeInformation.OSArchitecture}");
        yield return ("kernel", $"{File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, {RuntimeInformation.OSDescription}");
        yield return ("memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:0.0} GB");
        yield return ("load average at the start", scope.LoadAtStart);
        yield return ("journals on", scope.JournalFileSystem);
        yield return ("compiler of the peers", Ask(scope, "gcc", "--version") + ", -O2");
        yield return (peerPackage, Ask(scope, "dpkg-query", "-W", "-f=${Version}", peerPackage));
    }

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
        ?? "unknown processor";

    private static string Ask(RigScope scope, params string[] command)
    {
        try
        {
            using var child = scope.Start(command);
            return child.WaitForOutput(TimeSpan.FromSeconds(10)).Split('\n')[0].Trim();
        }
        catch (RigException)
        {
            return "unknown";
        }
    }
}
