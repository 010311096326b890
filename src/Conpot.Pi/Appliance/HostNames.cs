namespace Conpot.Pi.Appliance;

/// <summary>Names of machines and interfaces, as the files that hold them can take them.</summary>
internal static class HostNames
{
    /// <summary>One label of RFC 1123, 2.1.</summary>
    public static bool IsLabel(string text) =>
        text.Length is > 0 and <= 63 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && text[0] != '-' && text[^1] != '-';

    /// <summary>Labels with dots; of digits and dots alone it would be a mistyped address.</summary>
    public static bool IsName(string text) =>
        text.Length <= 253 && text.TrimEnd('.').Split('.').All(IsLabel) && !text.All(c => char.IsAsciiDigit(c) || c == '.');

    /// <summary>linux/if.h, IFNAMSIZ, and what neither a pattern of systemd nor a string of nft gives a meaning to.</summary>
    public static bool IsInterface(string text) =>
        text.Length is > 0 and <= 15 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') && char.IsAsciiLetterOrDigit(text[0]) && text is not ("lo" or "all" or "default");

    /// <summary>A name that a sink may have: RFC 1123, with the underscore that some networks use.</summary>
    public static bool IsLookedUp(string text) =>
        text.Length is > 0 and <= 253 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && text[0] is not ('.' or '-');
}
