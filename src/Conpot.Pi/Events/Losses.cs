namespace Conpot.Pi.Events;

/// <summary>Events that could not be kept: how many, and the first and the last of their sequence numbers.</summary>
internal readonly record struct Losses(long Count, long From, long To)
{
    public static Losses operator +(Losses a, Losses b) =>
        a.Count == 0 ? b : b.Count == 0 ? a : new Losses(a.Count + b.Count, Math.Min(a.From, b.From), Math.Max(a.To, b.To));
}
