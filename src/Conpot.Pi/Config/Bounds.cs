using System.Globalization;

namespace Conpot.Pi.Config;

/// <summary>The wording of ranges: "1 to 65535", or "1 or more" where there is no real upper end.</summary>
internal static class Bounds
{
    public static string Show(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Show(double value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Allowed<T>(T minimum, T maximum, Func<T, string> show) => (IsLeast(minimum), IsMost(maximum)) switch
    {
        (false, true) => $"{show(minimum)} or more",
        (true, false) => $"{show(maximum)} or less",
        (true, true) => "any",
        _ => $"{show(minimum)} to {show(maximum)}",
    };

    /// <param name="what">"a whole number"</param>
    public static string Remedy<T>(string what, T minimum, T maximum, Func<T, string> show) => (IsLeast(minimum), IsMost(maximum)) switch
    {
        (false, false) => $"write {what} from {show(minimum)} to {show(maximum)}, without quotes",
        (true, true) => $"write {what}, without quotes",
        _ => $"write {what}, {Allowed(minimum, maximum, show)}, without quotes",
    };

    private static bool IsLeast<T>(T value) =>
        value is long.MinValue or double.NegativeInfinity or double.MinValue || value is TimeSpan t && t == TimeSpan.MinValue;

    private static bool IsMost<T>(T value) =>
        value is long.MaxValue or double.PositiveInfinity or double.MaxValue || value is TimeSpan t && t == TimeSpan.MaxValue;
}
