using BenchmarkDotNet.Running;
using Conpot.Pi.Benchmarks;
using Conpot.Pi.Benchmarks.Fleet;
using Conpot.Pi.Benchmarks.Reporting;

const string Usage = """
    usage: dotnet run -c Release --project tests/Conpot.Pi.Benchmarks -- <verb>

      server|snmp [--binary PATH] [--seconds N] [--rounds N] [--quick] [--write] [--set KEY=VALUE]...
             the published sensor as a process; without --binary the peers alone
             server: Modbus, against a C echo, libmodbus and pymodbus      snmp: against a C echo and net-snmp's snmpd
             --seconds  length of each run, 1..60 (default 3)      --rounds  runs of each server, 1..20 (default 5)
             --quick    one short round: does the rig work?        --write   keep the report as RESULTS.md (RESULTS-SNMP.md)
             --set      one more setting for the sensor; may be repeated
             --idle     how long it does nothing, in seconds (default 20)
      fleet [--sensors N] [--seconds N] [--quick] [--write]
             the journals and MQTT sinks of many sensors in one process, against one mosquitto (default 1000 sensors, 10 s for each rate)
             --write    keep the report as RESULTS-FLEET.md
      size MSTAT BINARY [FEATURES]
             what is in the binary (scripts/bench.sh size makes the files)
      codecs [BenchmarkDotNet options]
             in-process benchmarks of single functions
    """;

switch (args.FirstOrDefault())
{
    case "server" or "snmp":
        if (ServerOptions.TryParse(args[0], args.AsSpan(1), out var options, out var mistake))
            return ServerBenchmark.Run(options);
        Console.Error.WriteLine(mistake);
        return 2;
    case "fleet":
        if (FleetOptions.TryParse(args.AsSpan(1), out var fleet, out mistake))
            return FleetBenchmark.Run(fleet);
        Console.Error.WriteLine(mistake);
        return 2;
    case "size" when args.Length is 3 or 4:
        Console.Out.Write(SizeReport.Write(args[1], args[2], args.ElementAtOrDefault(3)));
        return 0;
    case "codecs":
        BenchmarkSwitcher.FromAssembly(typeof(ServerOptions).Assembly).Run(args[1..]);
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}
