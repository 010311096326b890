using System.Net;
using System.Net.Sockets;
using System.Text;
using Conpot.Pi.Appliance;
using Conpot.Pi.Hosting;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi appliance egress</c>: what the names stand for that the machine may send to, into the firewall's sets; a timer runs it every few minutes.</summary>
internal static class ApplianceEgress
{
    /// <summary>Well above the timer's interval, and above the time to live of most names: who was once right stays reachable over an outage of the name server.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(2);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>A name with more addresses is one of a content network, whose other names lead there too.</summary>
    private const int MostAddresses = 16;

    public static ExitCode Run(CommandLine line)
    {
        try
        {
            return Refresh(line.Quiet) ? ExitCode.Ok : ExitCode.Failed;
        }
        catch (UnauthorizedAccessException e)
        {
            Console.Error.WriteLine($"conpot-pi: {e.Message}; run it as root");
            return ExitCode.Failed;
        }
    }

    /// <returns>False when the firewall did not take it; a name that cannot be looked up now is told, and tried again later.</returns>
    public static bool Refresh(bool quiet = true)
    {
        if (!File.Exists(ApplianceFiles.Names)) return true;
        var lines = File.ReadAllLines(ApplianceFiles.Names);
        var names = Egress.Parse(lines);
        if (lines.Contains(Egress.LeasedDns))
        {
            // First the servers, then the names: what they are asked must get through.
            var servers = Servers(File.Exists(ApplianceFiles.NetworkState) ? File.ReadAllLines(ApplianceFiles.NetworkState) : []);
            DurableFile.Write(ApplianceFiles.Resolver, Encoding.ASCII.GetBytes(ApplianceFiles.ResolverText(servers)), SystemFile.Public);
            if (!Load(Egress.Refresh(FirewallRules.DnsLeased, servers, Lifetime))) return false;
        }
        var found = LookUp(names);
        var rules = new StringBuilder();
        foreach (var (transport, set) in ((string, string)[])[("tcp", FirewallRules.TcpNames), ("udp", FirewallRules.UdpNames)])
            rules.Append(Egress.Refresh(set, from f in found where f.Name.Transport == transport from address in f.Addresses select Egress.Element(address, f.Name.Port), Lifetime));
        foreach (var (name, addresses) in found)
        {
            if (addresses.Count == 0) Console.Error.WriteLine($"conpot-pi: {name.Host} cannot be looked up now; 'dns' in [appliance] names the servers to ask, else the DHCP server does");
            else if (!quiet) Console.Error.WriteLine($"conpot-pi: {name.Transport} {name.Host}:{name.Port} is {string.Join(", ", addresses)}");
        }
        return Load(rules.ToString());
    }

    /// <summary>"DNS=" of networkd's state: the servers of all leases.</summary>
    internal static IReadOnlyList<string> Servers(IEnumerable<string> state) =>
    [
        .. from line in state
           where line.StartsWith("DNS=", StringComparison.Ordinal)
           from word in line["DNS=".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
           where InterfaceAddress.TryHost(word, out var address) && InterfaceAddress.IsUnicast(address)
           select word,
    ];

    private static List<(Destination Name, IReadOnlyList<IPAddress> Addresses)> LookUp(IReadOnlyList<Destination> names)
    {
        using var late = new CancellationTokenSource(Patience);
        var asked = names.Select(n => (n, LookUp(n.Host, late.Token))).ToList();
        return [.. asked.Select(a => (a.n, a.Item2.GetAwaiter().GetResult()))];
    }

    private static async Task<IReadOnlyList<IPAddress>> LookUp(string host, CancellationToken cancel)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, AddressFamily.InterNetwork, cancel).WaitAsync(cancel);
            return [.. addresses.Where(InterfaceAddress.IsUnicast).Take(MostAddresses)];
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ArgumentException)
        {
            return [];
        }
    }

    private static bool Load(string rules)
    {
        if (rules.Length == 0) return true;
        const string path = ApplianceFiles.Directory + "/egress.nft";
        DurableFile.Write(path, Encoding.ASCII.GetBytes(rules), SystemFile.Public);
        if (ChildProgram.Run("nft", "-f", path) is not { } trouble) return true;
        Console.Error.WriteLine($"conpot-pi: {path} was not taken ({trouble}); is the firewall there? conpot-pi appliance apply");
        return false;
    }
}
