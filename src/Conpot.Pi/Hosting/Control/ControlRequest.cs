using System.Text.Json;

namespace Conpot.Pi.Hosting.Control;

/// <summary>Reads the members of a request, whatever a client has sent in their place.</summary>
internal static class ControlRequest
{
    /// <exception cref="ControlException">There is no such text.</exception>
    public static string Text(JsonElement request, ReadOnlySpan<byte> name) =>
        Member(request, name) is { ValueKind: JsonValueKind.String } member && TryText(member, out var text)
            ? text
            : throw new ControlException($"the request wants a text \"{System.Text.Encoding.ASCII.GetString(name)}\", as in {{\"verb\":\"status\"}}");

    /// <summary>A missing number is <paramref name="fallback"/>.</summary>
    /// <exception cref="ControlException">It is no number of the range.</exception>
    public static int Number(JsonElement request, ReadOnlySpan<byte> name, int fallback, int minimum, int maximum)
    {
        if (Member(request, name) is not { } member) return fallback;
        return member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out var number) && number >= minimum && number <= maximum
            ? number
            : throw new ControlException($"\"{System.Text.Encoding.ASCII.GetString(name)}\" is a number {minimum} to {maximum}");
    }

    private static JsonElement? Member(JsonElement request, ReadOnlySpan<byte> name)
    {
        try
        {
            return request.ValueKind == JsonValueKind.Object && request.TryGetProperty(name, out var member) ? member : null;
        }
        catch (InvalidOperationException) // another member's name has escapes that are no Unicode
        {
            return null;
        }
    }

    private static bool TryText(JsonElement member, out string text)
    {
        try
        {
            text = member.GetString()!;
            return true;
        }
        catch (InvalidOperationException) // bytes or escapes that are no Unicode: the parser leaves them to the reader
        {
            text = "";
            return false;
        }
    }
}
