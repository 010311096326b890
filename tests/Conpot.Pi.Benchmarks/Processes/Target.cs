using System.Net;
using System.Net.Sockets;

namespace Conpot.Pi.Benchmarks.Processes;

/// <summary>A server under test: how it is called in the report and how it is started.</summary>
/// <param name="Answer">What every journal line of an answered request holds; null for a server that keeps none.</param>
/// <param name="Command">From its port and a directory of its own.</param>
internal sealed record Target(string Name, string? Answer, Func<int, string, IReadOnlyList<string>> Command)
{
    public const string Floor = "C echo (floor)";
    public const string Libmodbus = "libmodbus";
    public const string Snmpd = "net-snmp snmpd";
    public const string Sensor = "conpot-pi";

    /// <summary>What the sensor may keep; a run that fills it has its oldest events dropped and cannot be counted.</summary>
    public const int JournalCapGiB = 4;

    // The whole process on one core, the generator on the other: neither takes time from the other.
    private static readonly string[] ServerCore = ["taskset", "-c", "0"];

    public bool Journals => Answer is not null;

    /// <summary>For a server that says nothing when it is ready: whether it answers.</summary>
    public Func<int, bool>? Answers { get; init; }

    public static IReadOnlyList<Target> ForModbus(RigScope scope, RigPrograms programs, ServerOptions options, string answer)
    {
        var (echo, libmodbus) = (programs.ModbusEcho(), programs.Libmodbus());
        var targets = new List<Target>
        {
            new(Floor, null, (port, _) => [echo, $"{port}"]),
            new(Libmodbus, null, (port, _) => [libmodbus, $"{port}"]),
        };
        if (InPython(scope, "pymodbus", "import pymodbus.server as s; print(hasattr(s, 'StartAsyncTcpServer'))", programs.PymodbusScript) is { } pymodbus)
            targets.Add(pymodbus);
        if (options.Binary is { } binary)
            targets.Add(new(Sensor, answer, (port, journal) => [binary, .. SensorArguments($"{port}", $"{FreePort()}", journal, options.Settings)]));
        return targets;
    }

    public static IReadOnlyList<Target> ForSnmp(RigScope scope, RigPrograms programs, ServerOptions options, string answer)
    {
        var echo = programs.SnmpEcho();
        var targets = new List<Target>
        {
            new(Floor, null, (port, _) => [echo, $"{port}"]),
            new(Snmpd, null, SnmpdCommand) { Answers = SnmpProbe.Answers },
        };
        if (InPython(scope, "pysnmp", "import pysnmp.entity.rfc3413.cmdrsp; print(True)", programs.PysnmpScript) is { } pysnmp)
            targets.Add(pysnmp);
        if (options.Binary is { } binary)
            targets.Add(new(Sensor, answer, (port, journal) => [binary, .. SensorArguments($"{FreePort()}", $"{port}", journal, options.Settings)]));
        return targets;
    }

    /// <summary>snmpd as Debian builds it, all of its modules, one community, no log; it stays in the foreground and keeps its state here.</summary>
    private static string[] SnmpdCommand(int port, string directory)
    {
        var settings = Path.Combine(directory, "snmpd.conf");
        File.WriteAllText(settings, $"rocommunity public 127.0.0.1\n[snmp] persistentDir {directory}\n");
        return ["snmpd", "-f", "-Lf", "/dev/null", "-r", "-C", "-c", settings, $"udp:127.0.0.1:{port}"];
    }

    /// <summary>A peer where Debian's Python has what it needs (the probe then prints True); where not, it is left out.</summary>
    private static Target? InPython(RigScope scope, string name, string probe, string script)
    {
        const string Python = "/usr/bin/python3";
        if (!File.Exists(Python))
            return null;
        using var child = scope.Start([Python, "-c", probe]);
        try
        {
            return child.WaitForOutput(TimeSpan.FromSeconds(20)).Contains("True", StringComparison.Ordinal) ? new Target(name, null, (port, _) => [Python, script, $"{port}"]) : null;
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
        process.WaitUntilReady(TimeSpan.FromSeconds(15), Answers is null ? null : () => Answers(port));
        return new RunningServer(process, port, journal, Answer);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // Latency 0: what is measured is the program, not the reaction time of the device that it plays.
    public static IReadOnlyList<string> SensorArguments(string port, string snmpPort, string journal, IReadOnlyList<string> more)
    {
        string[] settings =
        [
            "plc.profile=s7-200", "network.listen=127.0.0.1", $"modbus.port={port}", "modbus.latency=0", "modbus.connections=4096",
            // One address makes all the load here; the limits that keep a single visitor small would be what is measured.
            "network.connections=4096", "network.connections_per_address=4096", "network.connection_rate=100000", "network.connection_burst=100000",
            $"snmp.port={snmpPort}", "snmp.latency=0", "snmp.packets_per_second=1000000", "snmp.amplification=1000",
            $"state_directory={journal}", $"journal.directory={journal}", $"journal.total={JournalCapGiB}GiB", .. more,
        ];
        return ["run", .. settings.SelectMany(s => (string[])["--set", s])];
    }
}

/// <summary>A started server, its port and its journal, until it is stopped.</summary>
internal sealed class RunningServer(Child process, int port, string journal, string? answer) : IDisposable
{
    public int Pid => process.Pid;

    public int Port => port;

    public string Talk => process.Talk;

    /// <summary>SIGTERM; the journal is complete when this returns.</summary>
    public bool Stop() => process.Stop();

    public void Kill() => process.Kill();

    public JournalCount CountJournal() => JournalCount.Of(journal, answer ?? throw new InvalidOperationException("this server keeps no journal"));

    public void Dispose()
    {
        process.Dispose();
        if (Directory.Exists(journal))
            Directory.Delete(journal, recursive: true);
    }
}
