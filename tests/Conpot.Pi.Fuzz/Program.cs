using Conpot.Pi.Fuzz;

const string Usage = """
    usage: scripts/fuzz.sh SECONDS [TARGET]...     each target for so long, one after the other; without a target all of them
           scripts/fuzz.sh replay FILE...          what becomes of inputs that were kept

    targets: modbus s7comm http snmp unreachable settings stl journal
    """;

switch (args)
{
    case ["instrument"]:
        return Instrumentation.Run();
    case ["replay", _, ..]:
        Coverage.Attach();
        return Fuzzing.Replay(args[1..]);
    case [var seconds, ..] when int.TryParse(seconds, out var length) && length > 0 && args.Skip(1).All(Fuzzing.Targets.ContainsKey):
        Coverage.Attach();
        return Fuzzing.Run(TimeSpan.FromSeconds(length), args.Length > 1 ? args[1..] : [.. Fuzzing.Targets.Keys]);
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}
