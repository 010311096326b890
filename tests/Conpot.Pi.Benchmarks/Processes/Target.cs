using System.Net;
using System.Net.Sockets;

namespace Conpot.Pi.Benchmarks.Processes;

/// <summary>A server under test: how it is called in the report and how it is started.</summary>
internal sealed record Target(string Name, bool Journals, Func<int, string, IReadOnlyList<string>> Command)
{
    public const string Floor = "C echo (floor)";
    public const string Libmodbus = "libmodbus";
    public const string Sensor = "conpot-pi";

    /// <summary>What the sensor may keep; a run that fills it has its oldest events dropped and cannot be counted.</summary>
    public const int JournalCapGiB = 4;

    // The whole process on one core, the generator on the other: neither takes time from the other.
    private static readonly string[] ServerCore = ["taskset", "-c", "0"];

    public static IReadOnlyList<Target> All(RigScope scope, RigPrograms programs, ServerOptions options)
    {
        var targets = new List<Target>
        {
            new(Floor, Journals: false, (port, _) => [programs.Echo, $"{port}"]),
            new(Libmodbus, Journals: false, (port, _) => [programs.Libmodbus, $"{port}"]),
        };
        if (Pymodbus(scope, programs) is { } pymodbus)
            targets.Add(pymodbus);
        if (options.Binary is { } binary)
            targets.Add(new(Sensor, Journals: true, (port, journal) => [binary, .. SensorArguments($"{port}", journal, options.Settings)]));
        return targets;
    }

    /// <summary>pymodbus is a peer where Debian's Python has it with what it needs; where not, it is left out.</summary>
    private static Target? Pymodbus(RigScope scope, RigPrograms programs)
    {
        const string Python = "/usr/bin/python3";
        if (!File.Exists(Python))
            return null;
        using var probe = scope.Start([Python, "-c", "import pymodbus.server as s; print(hasattr(s, 'StartAsyncTcpServer'))"]);
        try
        {
            return probe.WaitForOutput(TimeSpan.FromSeconds(20)).Contains("True", StringComparison.Ordinal)
                ? new Target("pymodbus", Journals: false, (port, _) => [Python, programs.PymodbusScript, $"{port}"])
                : null;
        }
        catch (RigException)
        {
            return null;
        }
    }

    /// <summary>Starts the server on a free port, pinned to its core, and returns once it said that it is ready.</summary>
    public RunningServer Start(RigScope scope)
    {
        var port = FreePort();
        var journal = scope.NewJournalDirectory();
        var process = scope.Start([.. ServerCore, .. Command(port, journal)]);
        process.WaitUntilReady(TimeSpan.FromSeconds(15));
        return new RunningServer(process, port, journal);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // Latency 0: what is measured is the program, not the reaction time of the device that it plays.
    public static IReadOnlyList<string> SensorArguments(string port, string journal, IReadOnlyList<string> more)
    {
        string[] settings =
        [
            "plc.profile=s7-200", "network.listen=127.0.0.1", $"modbus.port={port}", "modbus.latency=0", "modbus.connections=4096",
            // One address makes all the load here; the limits that keep a single visitor small would be what is measured.
            "network.connections=4096", "network.connections_per_address=4096", "network.connection_rate=100000", "network.connection_burst=100000",
            $"journal.directory={journal}", $"journal.total={JournalCapGiB}GiB", .. more,
        ];
        return ["run", .. settings.SelectMany(s => (string[])["--set", s])];
    }
}

/// <summary>A started server, its port and its journal, until it is stopped.</summary>
internal sealed class RunningServer(Child process, int port, string journal) : IDisposable
{
    public int Pid => process.Pid;

    public int Port => port;

    public string Talk => process.Talk;

    /// <summary>SIGTERM; the journal is complete when this returns.</summary>
    public bool Stop() => process.Stop();

    public void Kill() => process.Kill();

    public JournalCount CountJournal() => JournalCount.Of(journal);

    public void Dispose()
    {
        process.Dispose();
        if (Directory.Exists(journal))
            Directory.Delete(journal, recursive: true);
    }
}
