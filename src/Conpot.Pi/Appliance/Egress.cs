using System.Globalization;
using System.Net;

namespace Conpot.Pi.Appliance;

/// <summary>One place that the machine may send to of its own accord.</summary>
/// <param name="Transport">"tcp" or "udp".</param>
/// <param name="Host">A name or an address.</param>
/// <param name="What">For a person: "mqtt".</param>
internal sealed record Destination(string Transport, string Host, int Port, string What)
{
    /// <summary>Null for a name.</summary>
    public IPAddress? Address => InterfaceAddress.TryHost(Host, out var address) ? address : null;

    public bool IsIPv6 => Host.Contains(':');
}

/// <summary>All that the machine may send to of its own accord: the sinks, the time and the name servers.</summary>
/// <param name="Dns">Those of the settings; with none, and names to look up, those of the lease.</param>
internal sealed record Egress(IReadOnlyList<Destination> Destinations, IReadOnlyList<IPAddress> Dns)
{
    /// <summary>RFC 5905, 7.2.</summary>
    private const int NtpPort = 123;

    public static Egress Of(IEnumerable<Destination> sinks, ApplianceSettings appliance) =>
        new([.. sinks.Concat(appliance.Ntp.Select(n => new Destination("udp", n, NtpPort, "ntp"))).Distinct()], appliance.Dns);

    public bool NeedsNames => Destinations.Any(d => d.Address is null && !d.IsIPv6);

    /// <summary>Address and port of each literal one, as elements of a set.</summary>
    public IReadOnlyList<string> Elements(string transport) =>
        [.. Destinations.Where(d => d.Transport == transport && d.Address is not null).Select(d => Element(d.Address!, d.Port)).Distinct()];

    public static string Element(IPAddress address, int port) => string.Create(CultureInfo.InvariantCulture, $"{address} . {port}");

    /// <summary>In the list of names: the lease's name servers are to be asked.</summary>
    public const string LeasedDns = "leased-dns";

    public bool UsesLeasedDns => NeedsNames && Dns.Count == 0;

    /// <summary>What "appliance egress" has to look up: transport, port and name, a line each.</summary>
    public string Print() => (UsesLeasedDns ? LeasedDns + "\n" : "") + string.Concat(Destinations.Where(d => d.Address is null && !d.IsIPv6 && HostNames.IsLookedUp(d.Host)).Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Transport} {d.Port} {d.Host}\n")).Distinct());

    /// <summary>The reverse; a line that is none is left out.</summary>
    public static IReadOnlyList<Destination> Parse(IEnumerable<string> lines) =>
    [
        .. from line in lines
           let words = line.Split(' ')
           where words is ["tcp" or "udp", _, _] && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 && HostNames.IsLookedUp(words[2])
           select new Destination(words[0], words[2], int.Parse(words[1], CultureInfo.InvariantCulture), "name"),
    ];

    /// <summary>For <c>nft -f</c>: each element lives on from now. Added, taken away and added, because a plain add leaves the time of one that is there already as it is.</summary>
    public static string Refresh(string set, IEnumerable<string> elements, TimeSpan lifetime)
    {
        var all = string.Join(", ", elements.Distinct());
        if (all.Length == 0) return "";
        var timed = string.Join(", ", elements.Distinct().Select(e => string.Create(CultureInfo.InvariantCulture, $"{e} timeout {(int)lifetime.TotalSeconds}s")));
        return $"add element inet {FirewallRules.Table} {set} {{ {timed} }}\ndelete element inet {FirewallRules.Table} {set} {{ {all} }}\nadd element inet {FirewallRules.Table} {set} {{ {timed} }}\n";
    }
}
