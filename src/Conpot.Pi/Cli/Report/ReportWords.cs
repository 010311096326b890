using System.Globalization;

namespace Conpot.Pi.Cli.Report;

/// <summary>The report in sentences: what somebody who reads nothing else should know.</summary>
internal static class ReportWords
{
    private const string Minute = "yyyy-MM-dd HH:mm";

    public static string Name(Tally tally) => tally.Names.Count == 0 ? "the sensor" : PlainText.Of(string.Join(", ", tally.Names));

    public static string Verdict(Tally tally) => tally.Sensor.Tampered > 0 ? $"{Visited(tally)}; a part of the journal was deleted" : Visited(tally);

    private static string Visited(Tally tally) => Worst(tally) switch
    {
        null when tally.Events == 0 => "Nothing was recorded",
        null when tally.Sensor.Flood > 0 => "Somebody flooded the decoy PLC",
        null => "Nobody touched it",
        Intent.Look => "Somebody looked at it",
        Intent.Probe => "Somebody probed it",
        _ => $"Somebody {Changed(tally) ?? "attacked"} the decoy PLC",
    };

    /// <summary>"stopped and wrote to"; null when nothing was changed.</summary>
    private static string? Changed(Tally tally)
    {
        var verbs = ChangeKinds.All.Where(kind => tally.Sources.Any(s => s.ChangesOf(kind).Count > 0)).Select(ChangeKinds.Verb).ToList();
        return verbs.Count switch
        {
            0 => null,
            1 => verbs[0],
            _ => $"{string.Join(", ", verbs.SkipLast(1))} and {verbs[^1]}",
        };
    }

    /// <summary>Null when nobody came.</summary>
    public static Intent? Worst(Tally tally) => tally.Sources.Count == 0 ? null : tally.Sources.Max(s => s.Worst);

    public static IEnumerable<string> Summary(Tally tally, TimeZoneInfo zone)
    {
        var period = Period(tally.To - tally.From);
        var name = Name(tally);
        if (tally.Events == 0)
        {
            yield return $"In {period} the journal has no events at all, not even that the sensor ran. Is it running, and is this its journal? 'conpot-pi status' and 'conpot-pi events' tell.";
            yield break;
        }
        var visitors = tally.Sources.OrderByDescending(s => s.Worst).ThenBy(s => s.First).ThenBy(s => s.Ip, StringComparer.Ordinal).ToList();
        if (visitors.Count == 0) yield return $"In {period} nobody touched {name}.";
        else yield return $"In {period} {Many(visitors.Count, "visitor", "visitors")} touched {name}{(tally.UncountedTouches > 0 ? ", and others that are not told apart" : "")}.";

        if (tally.Sensor.Tampered > 0) yield return $"Another hand deleted, replaced or cut short the journal {(tally.Sensor.Tampered == 1 ? "once" : Many(tally.Sensor.Tampered, "time", "times"))}; this report knows nothing of what was in there.";
        if (tally.Sensor.Flood > 0) yield return $"The device was flooded with {Many(tally.Sensor.Flood, "half-open connection", "half-open connections")}; nobody can tell from where.";
        List<SourceTally> before = [];
        foreach (var kind in ChangeKinds.All)
        {
            var changers = visitors.Where(s => s.ChangesOf(kind).Count > 0).ToList();
            if (changers.Count == 0) continue;
            // Of several visitors "one of them" would be another each time.
            var who = visitors.Count == 1 || !changers.SequenceEqual(before) ? Of(changers.Count, visitors.Count) : changers.Count == 1 ? "The same" : "The same ones";
            yield return $"{who} {ChangeKinds.Verb(kind)} the PLC: {Those(changers, s => Told(s, kind, zone))}.";
            before = changers;
        }
        var triers = visitors.Where(s => s.Changes == 0 && s.Attempts > 0).ToList();
        if (triers.Count > 0) yield return $"{Of(triers.Count, visitors.Count)} tried to change it and failed: {Those(triers, s => s.Ip)}.";
        var repeaters = visitors.Where(s => s is { Changes: 0, Attempts: 0, Repeats: > 0 }).ToList();
        if (repeaters.Count > 0) yield return $"{Of(repeaters.Count, visitors.Count)} told the PLC to stop or start, which it had already: {Those(repeaters, s => s.Ip)}.";
        var flooders = visitors.Where(s => s is { Worst: Intent.Change, Changes: 0, Attempts: 0, Repeats: 0 }).ToList();
        if (flooders.Count > 0) yield return $"{Of(flooders.Count, visitors.Count)} tried to log in, sent a known attack or a flood, and changed nothing: {Those(flooders, s => s.Ip)}.";
        var probers = visitors.Where(s => s.Worst == Intent.Probe).ToList();
        if (probers.Count > 0) yield return $"{Of(probers.Count, visitors.Count)} asked what it is or tried passwords, and changed nothing: {Those(probers, s => s.Ip)}.";
        var lookers = visitors.Where(s => s.Worst == Intent.Look).ToList();
        if (lookers.Count > 0) yield return $"{Of(lookers.Count, visitors.Count)} only connected or read values: {Those(lookers, s => s.Ip)}.";
        if (tally.Sensor.Ignored > 0) yield return $"{Many(tally.Sensor.Ignored, "event", "events")} raised no alert, because [ignore] in the settings says so.";
        if (tally.Sensor.Lost > 0) yield return $"{Many(tally.Sensor.Lost, "event", "events")} could not be kept; this report knows nothing of them.";
    }

    /// <summary>"the last 7 days".</summary>
    public static string Period(TimeSpan span) => span switch
    {
        { TotalDays: >= 2 } => Last(span.TotalDays, "days"),
        { TotalHours: >= 2 } => Last(span.TotalHours, "hours"),
        { TotalMinutes: >= 2 } => Last(span.TotalMinutes, "minutes"),
        _ => "the last minute",
    };

    public static string Local(DateTimeOffset time, TimeZoneInfo zone, string format = Minute) => TimeZoneInfo.ConvertTime(time, zone).ToString(format, CultureInfo.InvariantCulture);

    private static string Last(double number, string unit) => string.Create(CultureInfo.InvariantCulture, $"the last {Math.Round(number):0} {unit}");

    public static string Many(long count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many)}");

    private static string Of(int part, int whole) => (part, whole) switch
    {
        (1, 1) => "It",
        (2, 2) => "Both",
        (1, _) => "One of them",
        _ when part == whole => "All of them",
        _ => string.Create(CultureInfo.InvariantCulture, $"{part:N0} of them"),
    };

    private static string Those(List<SourceTally> sources, Func<SourceTally, string> tell)
    {
        const int Told = 3;
        var told = string.Join("; ", sources.Take(Told).Select(tell));
        return sources.Count > Told ? string.Create(CultureInfo.InvariantCulture, $"{told} and {sources.Count - Told:N0} more") : told;
    }

    private static string Told(SourceTally source, ChangeKind kind, TimeZoneInfo zone)
    {
        var (count, first) = source.ChangesOf(kind);
        var went = first!.Before.Length > 0 ? $"{first.Target} from {first.Before} to {first.After}" : kind is ChangeKind.Program or ChangeKind.Memory ? $"{first.Target}, {first.After}" : $"{first.Target} to {first.After}";
        return $"{source.Ip} ({ChangeKinds.Many(kind, count)}, the first on {Local(first.Time, zone)}: {went})";
    }
}
