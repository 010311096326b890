using System.Globalization;

namespace Conpot.Pi.Cli.Report;

/// <summary>The report as one HTML page without scripts: head, summary, picture; the tables stand in the other part.</summary>
internal sealed partial class ReportPage(Tally tally, TimeZoneInfo zone, HtmlText html)
{
    private const string Second = "yyyy-MM-dd HH:mm:ss";

    public void Write()
    {
        html.Markup("""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <title>
            """).Text($"{ReportWords.Name(tally)}: {ReportWords.Verdict(tally)}").Markup("</title>\n<style>\n").Markup(ReportStyle.Css).Markup("</style>\n</head>\n<body>\n");
        Head();
        html.Markup("<main>\n");
        Summary();
        Picture();
        Changes();
        Visitors();
        Techniques();
        Sessions();
        Missing();
        Sensor();
        html.Markup("</main>\n<footer>Made by conpot-pi ").Text(Hosting.Version.Text).Markup(" from the sensor's journal. The device is a decoy: it controls nothing.</footer>\n</body>\n</html>\n");
    }

    private string Time(DateTimeOffset time) => ReportWords.Local(time, zone, Second);

    private void Head() => html.Markup("<header>\n<p class=\"kicker\">Decoy PLC report</p>\n<h1>").Foreign(ReportWords.Name(tally)).Markup("</h1>\n<p class=\"period\">")
        .Text($"{ReportWords.Local(tally.From, zone)} to {ReportWords.Local(tally.To, zone)}, times in {ZoneName()}").Markup("</p>\n</header>\n");

    private string ZoneName()
    {
        var offset = zone.GetUtcOffset(tally.To);
        return offset == TimeSpan.Zero ? "UTC" : string.Create(CultureInfo.InvariantCulture, $"UTC{(offset < TimeSpan.Zero ? '-' : '+')}{offset:hh\\:mm}");
    }

    private void Summary()
    {
        switch (ReportWords.Worst(tally))
        {
            case null when tally.Sensor is { Tampered: 0, Flood: 0 }: html.Markup("<section class=\"summary calm\">\n"); break;
            case Intent.Look: html.Markup("<section class=\"summary look\">\n"); break;
            case Intent.Probe: html.Markup("<section class=\"summary probe\">\n"); break;
            default: html.Markup("<section class=\"summary change\">\n"); break;
        }
        html.Markup("<h2>").Text(ReportWords.Verdict(tally)).Markup("</h2>\n");
        foreach (var sentence in ReportWords.Summary(tally, zone)) html.Markup("<p>").Foreign(sentence).Markup("</p>\n");
        if (tally.Sources.Count > 0)
        {
            html.Markup("<p class=\"todo\">The device is a decoy: nobody has a reason to talk to it. Find out who uses these addresses and how they came into this network; "
                + "at best it was a colleague or a scanner of your own.</p>\n");
        }
        html.Markup("<ul class=\"figures\">");
        Figure(tally.Sources.Count, "visitors");
        Figure(tally.Sessions, "sessions");
        Figure(tally.Touches, "events");
        Figure(tally.ChangesTotal, "changes and attempts");
        html.Markup("</ul>\n</section>\n");
    }

    private void Figure(long number, string what) => html.Markup("<li><b>").Number(number).Markup("</b> ").Text(what).Markup("</li>");

    /// <summary>One row for each intent, each with a scale of its own: a single write is seen beside ten thousand reads.</summary>
    private void Picture()
    {
        html.Markup("<section>\n<h2>When</h2>\n");
        if (tally.Sources.Count == 0 && tally.Timeline.Total(Intent.Look) == 0)
        {
            html.Markup("<p class=\"none\">Nothing to show.</p>\n</section>\n");
            return;
        }
        html.Markup("<div class=\"chart\">\n");
        foreach (var intent in (Intent[])[Intent.Change, Intent.Probe, Intent.Look]) Row(intent);
        html.Markup("<div class=\"axis\"><span></span><p><span>").Text(ReportWords.Local(tally.Timeline.First, zone)).Markup("</span><span>")
            .Text(ReportWords.Local(tally.To, zone)).Markup("</span></p></div>\n</div>\n<p class=\"note\">Each bar is ").Text(tally.Timeline.StepName == "day" ? "a day" : tally.Timeline.StepName is "hour" ? "an hour" : tally.Timeline.StepName)
            .Markup("; each row has its own scale.</p>\n</section>\n");
    }

    private void Row(Intent intent)
    {
        var (line, most) = (tally.Timeline, tally.Timeline.Most(intent));
        switch (intent)
        {
            case Intent.Look: html.Markup("<div class=\"row look\">"); break;
            case Intent.Probe: html.Markup("<div class=\"row probe\">"); break;
            default: html.Markup("<div class=\"row change\">"); break;
        }
        html.Markup("<p><b>").Text(Intents.Name(intent)).Markup(" <i>").Number(line.Total(intent)).Markup("</i></b> <span>").Text(Intents.Meaning(intent)).Markup("</span></p>");
        html.Markup("<div class=\"bars\"><svg viewBox=\"0 0 ").Length(line.Count * 10L).Markup(" 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"")
            .Text($"{Intents.Name(intent)}: {ReportWords.Many(line.Total(intent), "event", "events")}").Markup("\">");
        for (var i = 0; i < line.Count; i++)
        {
            if (line[i, intent] == 0) continue;
            var height = Math.Max(8, 100 * line[i, intent] / most);
            html.Markup("<rect x=\"").Length(i * 10L + 1).Markup("\" y=\"").Length(100 - height).Markup("\" width=\"8\" height=\"").Length(height).Markup("\"><title>")
                .Text($"{ReportWords.Local(line.First + i * line.Step, zone)}: {ReportWords.Many(line[i, intent], "event", "events")}").Markup("</title></rect>");
        }
        html.Markup("</svg></div></div>\n");
    }
}
