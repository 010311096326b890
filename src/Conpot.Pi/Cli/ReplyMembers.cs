using System.Globalization;
using System.Text.Json;

namespace Conpot.Pi.Cli;

/// <summary>Members of a reply, each with what stands for one that is missing: the sensor may be of another version than this program.</summary>
internal static class ReplyMembers
{
    /// <summary>Printable, whatever it is: some of these texts come from other machines.</summary>
    public static string Text(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? PlainText.Of(member.GetString()!) : "";

    public static long Number(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out var number) ? number : 0;

    public static bool Flag(this JsonElement element, string name) => element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.True;

    public static DateTimeOffset? Time(this JsonElement element, string name) =>
        DateTimeOffset.TryParse(element.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Array ? member.EnumerateArray() : [];
}
