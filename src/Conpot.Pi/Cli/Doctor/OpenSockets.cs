using System.Globalization;
using System.Net;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>A socket that waits for others: proc_net(5).</summary>
internal sealed record OpenSocket(string Transport, IPAddress Address, int Port, string Inode);

/// <summary>Which ports of this machine are open, and whose they are.</summary>
internal static class OpenSockets
{
    /// <summary>TCP_LISTEN of the kernel's tcp_states.h; an unconnected datagram socket shows as TCP_CLOSE.</summary>
    private const string Listens = "0A", Unconnected = "07";

    public static IReadOnlyList<OpenSocket> Of(MachineFiles machine) =>
        [.. Table(machine, "tcp", "tcp", Listens), .. Table(machine, "tcp6", "tcp", Listens), .. Table(machine, "udp", "udp", Unconnected), .. Table(machine, "udp6", "udp", Unconnected)];

    /// <summary>"sshd, pid 812", or null where this user may not see it.</summary>
    public static string? OwnerOf(this MachineFiles machine, OpenSocket socket)
    {
        var wanted = $"socket:[{socket.Inode}]";
        foreach (var process in machine.Names("proc").Where(n => n.All(char.IsAsciiDigit)))
            foreach (var descriptor in machine.Names($"proc/{process}/fd"))
                if (machine.Link($"proc/{process}/fd/{descriptor}") == wanted) return $"{machine.Read($"proc/{process}/comm") ?? "a process"}, pid {process}";
        return null;
    }

    private static IEnumerable<OpenSocket> Table(MachineFiles machine, string file, string transport, string state)
    {
        foreach (var line in machine.Lines($"proc/net/{file}").Skip(1))
            // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var local, _, var st, _, _, _, _, _, var inode, ..] && st == state && TryEndPoint(local, out var address, out var port))
                yield return new OpenSocket(transport, address, port, inode);
    }

    /// <summary>The kernel prints each four bytes in memory order as one number.</summary>
    private static bool TryEndPoint(string text, out IPAddress address, out int port)
    {
        (address, port) = (IPAddress.None, 0);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon is not (8 or 32) || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out port)) return false;
        var bytes = new byte[colon / 2];
        for (var i = 0; i < colon; i += 8)
        {
            if (!uint.TryParse(text.AsSpan(i, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var word)) return false;
            BitConverter.TryWriteBytes(bytes.AsSpan(i / 2), word);
        }
        address = new IPAddress(bytes);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return true;
    }
}
