using System.Globalization;

namespace Conpot.Pi.Cli;

/// <summary>What stands behind <c>--since</c>: a span back from now, or a time.</summary>
internal static class Since
{
    public const string Examples = "30m, 12h, 7d or 2026-11-22T08:00Z";

    public static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset since)
    {
        since = default;
        if (text.Length > 1 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is >= 0 and < 100_000)
        {
            double? seconds = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, 'w' => 7 * 86400, _ => null };
            if (seconds is not null)
            {
                since = now - TimeSpan.FromSeconds(number * seconds.Value);
                return true;
            }
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out since);
    }
}
