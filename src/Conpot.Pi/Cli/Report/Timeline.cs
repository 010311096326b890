namespace Conpot.Pi.Cli.Report;

/// <summary>Events counted by intent in equal steps of time.</summary>
internal sealed class Timeline
{
    private const int MostSteps = 60;

    /// <summary>Steps that a person thinks in.</summary>
    private static readonly TimeSpan[] Steps =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1), TimeSpan.FromHours(3),
        TimeSpan.FromHours(6), TimeSpan.FromDays(1), TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365),
    ];

    private readonly long[,] _counts;
    private readonly long[] _totals = new long[3];

    public Timeline(DateTimeOffset from, DateTimeOffset to)
    {
        var length = to - from;
        if (length < TimeSpan.FromMinutes(1)) length = TimeSpan.FromMinutes(1);
        Step = Array.Find(Steps, s => length / s <= MostSteps);
        if (Step == default) Step = length / MostSteps;
        Count = (int)Math.Ceiling(length / Step);
        First = to - Step * Count;
        _counts = new long[Count, 3];
    }

    public TimeSpan Step { get; }

    public int Count { get; }

    /// <summary>When the first step begins; the last one ends with the report's time.</summary>
    public DateTimeOffset First { get; }

    public long this[int step, Intent intent] => _counts[step, (int)intent];

    public long Total(Intent intent) => _totals[(int)intent];

    public long Most(Intent intent) => Enumerable.Range(0, Count).Max(i => _counts[i, (int)intent]);

    /// <summary>An event that a wrong clock put outside is counted at the nearer end.</summary>
    public void Add(DateTimeOffset time, Intent intent)
    {
        _counts[(int)Math.Clamp(Math.Floor((time - First) / Step), 0, Count - 1), (int)intent]++;
        _totals[(int)intent]++;
    }

    public string StepName => Step switch
    {
        { TotalDays: 1 } => "day",
        { TotalHours: 1 } => "hour",
        { TotalMinutes: 1 } => "minute",
        { TotalDays: > 1 } => $"{Step.TotalDays:0} days",
        { TotalHours: > 1 } => $"{Step.TotalHours:0} hours",
        _ => $"{Step.TotalMinutes:0} minutes",
    };
}
