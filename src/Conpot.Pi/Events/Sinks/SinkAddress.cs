using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Conpot.Pi.Config;

namespace Conpot.Pi.Events.Sinks;

/// <summary>Where a sink sends: scheme://host[:port][/path], the host a name or an address, IPv6 in brackets.</summary>
/// <param name="Host">Without brackets.</param>
/// <param name="Path">With its slash and its query; empty when there is none.</param>
internal sealed record SinkAddress(string Scheme, string Host, int Port, string Path = "")
{
    /// <summary>As in a message for a person: "tls://[fe80::1]:6514". Without the path: that of a webhook holds its secret.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}");

    /// <summary>Reads a setting that must be there; null when it is missing or wrong, and then that is reported.</summary>
    /// <param name="schemes">The schemes it may have, each with its usual port.</param>
    public static SinkAddress? Read(ConfigSection section, string key, bool mayHavePath, params (string Scheme, int Port)[] schemes)
    {
        if (!section.Has(key))
        {
            section.Error(key, $"[{section.Name}] has no '{key}'; write {key} = \"{schemes[0].Scheme}://192.168.1.10\", or enabled = false");
            _ = section.Text(key, "");
            return null;
        }

        return section.Parsed<SinkAddress?>(key, null, (string text, [NotNullWhen(true)] out SinkAddress? address, out string problem) => TryParse(text, mayHavePath, schemes, out address, out problem));
    }

    public static bool TryParse(string text, bool mayHavePath, (string Scheme, int Port)[] schemes, [NotNullWhen(true)] out SinkAddress? address, out string problem)
    {
        address = null;
        var allowed = string.Join(", ", schemes.Select(s => $"{s.Scheme}://"));
        var (head, rest) = Cut(text, "://");
        if (rest is null)
        {
            problem = $"it does not begin with one of {allowed}; write {schemes[0].Scheme}://{(text.Length is > 0 and < 60 ? text : "192.168.1.10")}";
            return false;
        }

        var scheme = head.ToLowerInvariant();
        var usual = schemes.FirstOrDefault(s => s.Scheme == scheme).Port;
        if (usual == 0)
        {
            problem = $"{Shown.Quoted(head)} is none of {allowed}";
            return false;
        }

        var slash = rest.AsSpan().IndexOfAny('/', '?', '#');
        var (authority, path) = slash < 0 ? (rest, "") : (rest[..slash], rest[slash..]);
        if (authority.Contains('@'))
        {
            problem = "user and password do not belong into an address; they have settings of their own";
            return false;
        }

        if (path is not ("" or "/") && (!mayHavePath || path[0] == '#'))
        {
            problem = $"{Shown.Quoted(path)} is too much; write {scheme}://host:port and nothing behind it";
            return false;
        }

        if (!TrySplit(authority, out var host, out var portText, out problem)) return false;
        var port = usual;
        if (portText is not null && (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535))
        {
            problem = $"{Shown.Quoted(portText)} is no port; write a number from 1 to 65535, or leave it out for {usual}";
            return false;
        }

        address = new SinkAddress(scheme, host, port, mayHavePath ? path : "");
        return true;
    }

    private static bool TrySplit(string authority, out string host, out string? port, out string problem)
    {
        (host, port, problem) = (authority, null, "");
        if (authority.StartsWith('['))
        {
            var (inner, after) = Cut(authority[1..], "]");
            host = inner;
            if (after is null || (after.Length > 0 && after[0] != ':') || !IPAddress.TryParse(inner, out _) || !inner.Contains(':'))
            {
                problem = "the brackets hold no IPv6 address; write [fd00::1] or [fd00::1]:port";
                return false;
            }

            port = after.Length > 0 ? after[1..] : null;
            return true;
        }

        if (authority.Count(c => c == ':') > 1)
        {
            problem = "an IPv6 address stands in brackets; write [fd00::1] or [fd00::1]:port";
            return false;
        }

        (host, port) = Cut(authority, ":");
        if (IsHost(host)) return true;
        problem = host.Length == 0 ? "there is no host in it; write its name or its address behind ://" : $"{Shown.Quoted(host)} is no host; write a name of letters, digits, dots and hyphens, or an address";
        return false;
    }

    /// <summary>RFC 1123 names, with the underscore that some networks have; "1.2.3" and "300.1.1.1" are no addresses and no names.</summary>
    private static bool IsHost(string host) =>
        host.Length is > 0 and <= 253 && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && !host.Split('.').SkipLast(1).Contains("") && host[0] is not ('.' or '-')
            && (!host.All(c => char.IsAsciiDigit(c) || c == '.') || (host.Count(c => c == '.') == 3 && IPAddress.TryParse(host, out _)));

    private static (string Before, string? After) Cut(string text, string at)
    {
        var index = text.IndexOf(at, StringComparison.Ordinal);
        return index < 0 ? (text, null) : (text[..index], text[(index + at.Length)..]);
    }
}
