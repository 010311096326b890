using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Report;

/// <summary>The tables of the report, from what matters most to what is only for looking up.</summary>
internal sealed partial class ReportPage
{
    /// <summary>Visitors that have a card of their own.</summary>
    private const int MostVisitors = 100;

    /// <summary>Deeds on a visitor's card.</summary>
    private const int MostDeeds = 20;

    private void Changes()
    {
        html.Markup("<section>\n<h2>What was changed</h2>\n");
        if (tally.Changes.Count == 0)
        {
            html.Markup("<p class=\"none\">Nobody changed anything, and nobody tried.</p>\n</section>\n");
            return;
        }
        html.Markup("<table><thead><tr><th scope=\"col\">Time</th><th scope=\"col\">Who</th><th scope=\"col\">Where</th><th scope=\"col\">Before</th><th scope=\"col\">After</th><th scope=\"col\">Session</th></tr></thead>\n<tbody>\n");
        foreach (var change in tally.Changes.Reverse())
        {
            html.Markup("<tr><td data-label=\"Time\"><time>").Text(Time(change.Time)).Markup("</time></td><td data-label=\"Who\" class=\"who\">").Foreign(change.Source.Length > 0 ? change.Source : "the CPU itself")
                .Markup("</td><td data-label=\"Where\">").Foreign(change.Target.Length > 0 ? change.Target : "not known").Markup(" <span class=\"faint\">").Foreign(change.Protocol)
                .Markup("</span></td><td data-label=\"Before\" class=\"value\">");
            if (change.Before.Length > 0) html.Foreign(change.Before);
            html.Markup("</td><td data-label=\"After\" class=\"value\">");
            if (change.Done) html.Markup("<b>").Foreign(change.After.Length > 0 ? change.After : "done").Markup("</b>");
            else html.Markup("<em>refused</em>");
            html.Markup("</td><td data-label=\"Session\" class=\"value session\">").Foreign(change.Session).Markup("</td></tr>\n");
        }
        html.Markup("</tbody></table>\n");
        More(tally.ChangesTotal - tally.Changes.Count, "earlier ones; 'conpot-pi events' shows them");
        html.Markup("</section>\n");
    }

    private void Visitors()
    {
        html.Markup("<section>\n<h2>Who</h2>\n");
        if (tally.Sources.Count == 0) html.Markup("<p class=\"none\">Nobody.</p>\n");
        foreach (var source in tally.Sources.OrderByDescending(s => s.Worst).ThenByDescending(s => s.Changes > 0).ThenByDescending(s => s.Last).ThenBy(s => s.Ip, StringComparer.Ordinal).Take(MostVisitors)) Visitor(source);
        More(tally.Sources.Count - MostVisitors, "visitors");
        More(tally.UncountedTouches, "events of visitors that are not told apart: there were too many of them");
        html.Markup("</section>\n");
    }

    private void Visitor(SourceTally source)
    {
        html.Markup("<article><h3><bdi>").Text(source.Ip).Markup("</bdi> ");
        Badge(source.Worst);
        html.Markup("</h3>\n<p class=\"faint\">").Foreign(string.Join(", ", source.Protocols)).Text($", {ReportWords.Many(source.Sessions, "session", "sessions")}, {ReportWords.Many(source.Events, "event", "events")}, from ")
            .Markup("<time>").Text(Time(source.First)).Markup("</time> to <time>").Text(Time(source.Last)).Markup("</time></p>\n<ul class=\"deeds\">");
        var deeds = source.Deeds.ToList();
        foreach (var (deed, count) in deeds.Take(MostDeeds))
        {
            html.Markup("<li>").Foreign(deed);
            if (count > 1) html.Markup(" <span class=\"faint\">").Number(count).Markup(" times</span>");
            html.Markup("</li>");
        }
        if (deeds.Count == 0) html.Markup("<li>connected</li>");
        var more = deeds.Skip(MostDeeds).Sum(d => d.Count) + source.OtherDeeds;
        if (more > 0) html.Markup("<li class=\"faint\">and did other things, ").Number(more).Markup(" times</li>");
        html.Markup("</ul></article>\n");
    }

    private void Badge(Intent intent)
    {
        switch (intent)
        {
            case Intent.Look: html.Markup("<span class=\"badge look\">"); break;
            case Intent.Probe: html.Markup("<span class=\"badge probe\">"); break;
            default: html.Markup("<span class=\"badge change\">"); break;
        }
        html.Text(Intents.Name(intent).ToLowerInvariant()).Markup("</span>");
    }

    private void Techniques()
    {
        html.Markup("<section>\n<h2>Techniques</h2>\n");
        if (tally.Techniques.Count == 0)
        {
            html.Markup("<p class=\"none\">None.</p>\n</section>\n");
            return;
        }
        html.Markup("<p class=\"note\">By tactic, in the terms of ").Text(Attack.Framework).Markup(".</p>\n<table><thead><tr><th scope=\"col\">Tactic</th><th scope=\"col\">Technique</th><th scope=\"col\">Id</th><th scope=\"col\">Events</th><th scope=\"col\">Visitors</th><th scope=\"col\">Last seen</th></tr></thead>\n<tbody>\n");
        var seen = tally.Techniques.Values.OrderBy(t => t.Id, StringComparer.Ordinal).ToList();
        foreach (var (tactic, name) in Attack.Tactics)
            foreach (var technique in seen.Where(t => Attack.Find(t.Id)?.Tactic == tactic)) TechniqueRow(technique, Attack.Find(technique.Id), $"{name} ({tactic})");
        foreach (var technique in seen.Where(t => Attack.Tactics.All(i => i.Id != Attack.Find(t.Id)?.Tactic))) TechniqueRow(technique, Attack.Find(technique.Id), "not known here");
        html.Markup("</tbody></table>\n</section>\n");
    }

    private void TechniqueRow(TechniqueTally seen, Technique? technique, string tactic)
    {
        html.Markup("<tr><td data-label=\"Tactic\">").Text(tactic).Markup("</td><td data-label=\"Technique\">").Foreign(technique?.Name ?? "a technique of another version")
            .Markup("</td><td data-label=\"Id\">").Foreign(seen.Id);
        if (technique?.Successor is { } successor) html.Markup(" <span class=\"faint\">").Text($"({successor} from v19 on)").Markup("</span>");
        html.Markup("</td><td data-label=\"Events\" class=\"number\">").Number(seen.Events).Markup("</td><td data-label=\"Visitors\" class=\"number\">").Number(seen.Sources)
            .Markup("</td><td data-label=\"Last seen\"><time>").Text(Time(seen.Last)).Markup("</time></td></tr>\n");
    }

    private void Sessions()
    {
        html.Markup("<section>\n<h2>Session by session</h2>\n");
        var shown = tally.Shelf.Shown;
        if (shown.Count == 0) html.Markup("<p class=\"none\">None.</p>\n");
        foreach (var story in shown)
        {
            html.Markup("<details><summary><time>").Text(Time(story.First)).Markup("</time> <bdi>").Text($"{story.Source}:{story.Port}").Markup("</bdi> <bdi>").Text(story.Protocol).Markup("</bdi> <span class=\"faint\">")
                .Text(ReportWords.Many(story.Events, "event", "events")).Markup("</span> ");
            Badge(story.Worst);
            html.Markup("</summary>\n<ol class=\"lines\">");
            foreach (var (time, text) in story.Lines) html.Markup("<li><time>").Text(ReportWords.Local(time, zone, "HH:mm:ss.fff")).Markup("</time> ").Foreign(text).Markup("</li>");
            html.Markup("</ol>\n<p class=\"note\">");
            if (story.Events > story.Lines.Count) html.Number(story.Events - story.Lines.Count).Markup(" more. ");
            html.Markup("<code>conpot-pi events --session ").Foreign(story.Session).Markup("</code>, packets: <code>conpot-pi capture ").Foreign(story.Session).Markup("</code></p></details>\n");
        }
        More(tally.Shelf.Total - shown.Count, "sessions; 'conpot-pi events --session ID' shows one");
        html.Markup("</section>\n");
    }

    private void Missing()
    {
        var sensor = tally.Sensor;
        (long Count, string What)[] lines =
        [
            (sensor.Lost, "events could not be kept (disk full, failing or stalled)"),
            (sensor.Tampered, "times another hand deleted, replaced or cut short the newest file of the journal; what was in it is gone"),
            (sensor.Refused, "connections were refused: one visitor had too many, or there was no room"),
            (sensor.Unanswered, "datagrams were not answered: their source was over its budget, and may be forged"),
            (sensor.HalfOpen, "half-open connections, as a SYN scan makes them; nobody can tell from where"),
            (sensor.Flood, "half-open connections of a SYN flood, more than the kernel holds; nobody can tell from where"),
            (sensor.Errors, "mistakes in the sensor itself; please report them ('conpot-pi events --json' has the details)"),
            (sensor.Unsynchronised, "events came before the clock was set: their times are not to be trusted"),
            (tally.Unreadable, "lines of the journal are damaged and were left out"),
        ];
        html.Markup("<section>\n<h2>What this report does not show</h2>\n");
        if (lines.All(l => l.Count == 0)) html.Markup("<p class=\"none\">Nothing was lost, refused or left unanswered.</p>\n");
        else
        {
            html.Markup("<ul class=\"plain\">");
            foreach (var (count, what) in lines.Where(l => l.Count > 0)) html.Markup("<li><b>").Number(count).Markup("</b> ").Text(what).Markup("</li>");
            html.Markup("</ul>\n");
        }
        html.Markup("</section>\n");
    }

    private void Sensor()
    {
        var sensor = tally.Sensor;
        html.Markup("<section>\n<h2>The sensor</h2>\n<dl>");
        Fact("Name", ReportWords.Name(tally));
        Fact("Plays", sensor.Profile);
        Fact("Version", sensor.Version);
        Fact("Listens", sensor.Listening);
        Fact("Started", sensor.LastStart is { } last ? $"{ReportWords.Many(sensor.Starts, "time", "times")}, last on {Time(last)}" : "before this time");
        Fact("Journal", ReportWords.Many(tally.Events, "event", "events") + " in this time");
        html.Markup("</dl>\n</section>\n");
    }

    private void Fact(string name, string value)
    {
        if (value.Length > 0) html.Markup("<dt>").Text(name).Markup("</dt><dd>").Foreign(value).Markup("</dd>");
    }

    private void More(long count, string what)
    {
        if (count > 0) html.Markup("<p class=\"note\">").Number(count).Markup(" more ").Text(what).Markup(".</p>\n");
    }
}
