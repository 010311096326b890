using System.Net;
using Conpot.Pi.Hosting;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi run</c>: the sensor until it is told to stop.</summary>
internal static class RunVerb
{
    public static ExitCode Run(CommandLine line)
    {
        LastResort.Guard(Console.Error.WriteLine);
        try
        {
            if (Read(line, out var source, out var lastGood) is not { } plan) return ExitCode.BadConfig;
            using var sensor = new Sensor(source, plan, TimeProvider.System, text => Say(line, text), Console.Error.WriteLine) { LastGood = lastGood };
            SensorService.Run(sensor, TimeProvider.System, () => Greet(line, source, sensor));
            return ExitCode.Ok;
        }
        catch (IOException e)
        {
            // A port, the journal or the identity: the message names the place, the fact and the remedy.
            Console.Error.WriteLine($"conpot-pi: {e.Message}");
            return ExitCode.Failed;
        }
    }

    /// <summary>With --last-good a bad file is no reason to stay away; without a file there is nothing that could be bad.</summary>
    private static SensorPlan? Read(CommandLine line, out ConfigSource source, out LastGood? lastGood)
    {
        source = Settings.Source(line);
        lastGood = null;
        if (!line.Has("--last-good") || source.Path is null) return Settings.Read(line, create: true, out source);
        lastGood = new LastGood(source, Settings.IsOfImage(source));
        var plan = lastGood.Read(TimeProvider.System, create: true, out var mistakes);
        foreach (var mistake in mistakes) Console.Error.WriteLine(mistake);
        if (mistakes.Count > 0)
        {
            if (lastGood.Tell(mistakes) is { } trouble) Console.Error.WriteLine(trouble);
            if (plan is not null) Console.Error.WriteLine($"conpot-pi: {source.Path} is not in force; {(lastGood.Standing == Standing.BuiltIn ? "the built-in settings are" : $"the last good settings are ({lastGood.Copy})")}");
        }
        return plan;
    }

    private static void Greet(CommandLine line, ConfigSource source, Sensor sensor)
    {
        var plan = sensor.Plan;
        Say(line, $"conpot-pi {Hosting.Version.Text}: {plan.Profile.Title}, as \"{plan.Name}\" ({source.Path ?? "built-in defaults: a trial on this computer alone"})");
        foreach (var (protocol, endPoint) in sensor.EndPoints) Say(line, $"  {protocol,-8} {endPoint}");
        Say(line, $"  journal  {plan.Journal.Directory}");
        if (line.Has("--verbose"))
        {
            Say(line, $"  state    {plan.StateDirectory}");
            Say(line, $"  identity serial {plan.Seed.Serial}, MAC {plan.Seed.Personalise("{mac}")}");
            Say(line, $"  limits   {plan.Network.Limits.Connections} connections, {plan.Network.Limits.PerAddress} per address; journal {plan.Journal.TotalSize >> 20} MiB in all");
        }
        if (sensor.EndPoints.FirstOrDefault(l => l.Protocol == "modbus") is { EndPoint: { } modbus })
        {
            var host = modbus.Address.Equals(IPAddress.Any) || modbus.Address.Equals(IPAddress.IPv6Any) ? "127.0.0.1" : modbus.Address.ToString();
            Say(line, $"  try      mbpoll -1 -0 -t 3 -r 0 -c 6 -p {modbus.Port} {host}    (tank level, temperature, current, flow ...)");
        }
        // Without settings of its own, 'events' finds the journal by itself.
        var itself = source is { Path: null, Overrides.Count: 0 };
        Say(line, $"  watch    conpot-pi events --follow{(itself ? "" : $" --journal {plan.Journal.Directory}")}");
        Say(line, "ready");
    }

    private static void Say(CommandLine line, string text)
    {
        if (!line.Quiet) Console.Error.WriteLine(text);
    }
}
