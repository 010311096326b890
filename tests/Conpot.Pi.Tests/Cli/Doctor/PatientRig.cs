using System.Globalization;
using System.Net;
using System.Text.Json;
using Conpot.Pi.Cli.Doctor;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Conpot.Pi.Tests.Cli.Doctor;

/// <summary>A machine out of files, and a sensor of any settings on it.</summary>
internal sealed class PatientRig : IDisposable
{
    /// <summary>One protocol over TCP and one over UDP are enough where it is not about protocols.</summary>
    private const string NoOthers = "[s7comm]\nenabled = false\n[http]\nenabled = false\n";

    /// <summary>A PLC's ports on the address that the machine's eth0 has.</summary>
    public const string OnThePlant = NoOthers + "[network]\nlisten = \"192.0.2.1\"\n[modbus]\nport = 502\n[snmp]\nport = 161\n";

    public const string OnADesk = NoOthers + "[network]\nlisten = \"127.0.0.1\"\n[modbus]\nport = 5020\n[snmp]\nport = 16100\n";

    /// <summary>How that sensor describes itself.</summary>
    public const string Running = """{"name":"pump-3","mode":"RUN","version":"VERSION","listeners":[{"protocol":"modbus","address":"192.0.2.1","port":502},{"protocol":"snmp","address":"192.0.2.1","port":161}],"journal":{"directory":"/j","kept":3,"lost":0,"fault":null,"bytes":1000,"events":3},"sinks":[],"faults":[]}""";

    private const string Head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    private readonly TempDirectory _temp = new();
    private readonly SensorPlan? _plan;

    /// <param name="root">What stands before the sections.</param>
    public PatientRig(string settings = OnThePlant, string root = "name = \"pump-3\"\n")
    {
        Directory.CreateDirectory(_temp["root"]);
        System.IO.File.WriteAllText(_temp["conpot-pi.toml"], $"{root}state_directory = \"{_temp["state"]}\"\n{settings}");
        var errors = new ConfigErrors();
        _plan = SensorPlan.Read(new ConfigSource(_temp["conpot-pi.toml"], []), null, Time, create: false, errors);
        _plan?.Cpu.Dispose();
        Patient = new Patient
        {
            Settings = "conpot-pi.toml",
            Plan = _plan,
            Mistakes = [.. errors.InOrder.Select(e => e.ToString())],
            Machine = new MachineFiles(_temp["root"]),
            Time = Time,
            LowPorts = true,
        };
        File("proc/sys/kernel/hostname", "plc-3\n");
        File("proc/net/route", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\neth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
        File("sys/class/net/eth0/address", "00:0e:8c:01:02:03\n");
        File("sys/class/net/eth0/type", "1\n");
        File("sys/class/net/eth0/device", "");
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    public Patient Patient { get; private set; }

    public string State => _temp["state"];

    public string Root => _temp["root"];

    public PatientRig With(Func<Patient, Patient> change)
    {
        Patient = change(Patient);
        return this;
    }

    public PatientRig Runs(string status = Running)
    {
        using var document = JsonDocument.Parse(status.Replace("VERSION", Pi.Hosting.Version.Text, StringComparison.Ordinal));
        var element = document.RootElement.Clone();
        return With(p => p with { Status = element });
    }

    public PatientRig File(string path, string text)
    {
        var whole = Path.Join(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
        System.IO.File.WriteAllText(whole, text);
        return this;
    }

    /// <summary>An open socket, as the kernel lists it.</summary>
    public PatientRig Opens(string transport, string endPoint, int inode = 4711)
    {
        var parsed = IPEndPoint.Parse(endPoint);
        var table = $"proc/net/{transport}{(parsed.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "6" : "")}";
        if (!System.IO.File.Exists(Path.Join(Root, table))) File(table, Head);
        var bytes = parsed.Address.GetAddressBytes();
        var address = string.Concat(Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToUInt32(bytes, 4 * i).ToString("X8", CultureInfo.InvariantCulture)));
        System.IO.File.AppendAllText(Path.Join(Root, table), string.Create(CultureInfo.InvariantCulture,
            $"   0: {address}:{parsed.Port:X4} 00000000:0000 {(transport == "tcp" ? "0A" : "07")} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1 0000000000000000 100 0 0 10 0\n"));
        return this;
    }

    /// <summary>The process that has it.</summary>
    public PatientRig Owns(string name, int pid, int inode = 4711)
    {
        File($"proc/{pid}/comm", name + "\n");
        Directory.CreateDirectory(Path.Join(Root, $"proc/{pid}/fd"));
        System.IO.File.CreateSymbolicLink(Path.Join(Root, $"proc/{pid}/fd/5"), $"socket:[{inode}]");
        return this;
    }

    public IReadOnlyList<Finding> Run(IDoctorCheck check) => check.Run(Patient, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Each finding as "verdict: fact -> remedy".</summary>
    public IEnumerable<string> Tell(IDoctorCheck check) => Run(check).Select(Told);

    public static string Told(Finding f) => $"{f.Verdict}: {f.Fact}{(f.Remedy.Length > 0 ? $" -> {f.Remedy}" : "")}";

    public void Dispose()
    {
        foreach (var sink in _plan?.Sinks ?? []) Forwarders.Discard(sink);
        _temp.Dispose();
    }
}
