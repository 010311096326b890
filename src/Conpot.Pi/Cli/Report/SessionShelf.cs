using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Report;

/// <summary>The sessions that a report shows line by line: the gravest, then the latest; the others make room.</summary>
internal sealed class SessionShelf
{
    /// <summary>Sessions that are kept while reading, and how many of them are shown.</summary>
    private const int MostKept = 512, MostShown = 100;

    private readonly Dictionary<string, SessionStory> _kept = [];

    /// <summary>Sessions that there were, as far as they can be told apart.</summary>
    public long Total { get; private set; }

    public IReadOnlyList<SessionStory> Shown => [.. ByInterest().Take(MostShown)];

    public void Take(EventRecord e)
    {
        if (e.Session.Length is 0 or > 64) return;
        if (!_kept.TryGetValue(e.Session, out var story))
        {
            if (_kept.Count >= MostKept) MakeRoom();
            _kept[e.Session] = story = new SessionStory(e);
            Total++;
        }
        story.Take(e);
    }

    private void MakeRoom()
    {
        foreach (var story in ByInterest().Skip(MostKept / 2).ToList()) _kept.Remove(story.Session);
    }

    private IEnumerable<SessionStory> ByInterest() =>
        _kept.Values.OrderByDescending(s => s.Worst).ThenByDescending(s => s.First).ThenBy(s => s.Session, StringComparer.Ordinal);
}

/// <summary>One session's events, the first of them as lines.</summary>
internal sealed class SessionStory(EventRecord first)
{
    private const int MostLines = 30, LongestLine = 300;

    public string Session { get; } = PlainText.Of(first.Session);

    public string Source { get; } = PlainText.Of(first.SourceIp, 64);

    public int Port { get; } = first.SourcePort;

    public string Protocol { get; } = PlainText.Of(first.Protocol, 20);

    public DateTimeOffset First { get; } = first.Time;

    public long Events { get; private set; }

    public Intent Worst { get; private set; }

    public List<(DateTimeOffset Time, string Text)> Lines { get; } = [];

    public void Take(EventRecord e)
    {
        Events++;
        var intent = Intents.Of(e.Severity);
        if (intent > Worst) Worst = intent;
        if (Lines.Count < MostLines) Lines.Add((e.Time, PlainText.Of(new EventText(e).Summary(), LongestLine)));
    }
}
