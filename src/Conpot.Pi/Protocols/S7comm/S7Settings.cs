using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>[s7comm]: who may connect, what the connection may do, and what memory it sees.</summary>
internal sealed record S7Settings
{
    public required bool Enabled { get; init; }
    public required int Port { get; init; }
    public required int Connections { get; init; }
    public required TimeSpan IdleTimeout { get; init; }
    public required (TimeSpan From, TimeSpan To) Latency { get; init; }

    /// <summary>The largest PDU in bytes that the device grants.</summary>
    public required int Pdu { get; init; }

    /// <summary>How many jobs it takes ahead of its answers: calling and called.</summary>
    public required int Jobs { get; init; }

    /// <summary>TSAPs that it answers to; empty for all.</summary>
    public required IReadOnlyList<TsapPattern> Tsaps { get; init; }

    /// <summary>Whether a wrong TSAP is told so before the connection ends.</summary>
    public required bool SaysDisconnect { get; init; }

    public required S7Memory Memory { get; init; }

    /// <summary>Whether mode and blocks may be changed; else the protection level forbids it.</summary>
    public required bool ControlAllowed { get; init; }

    /// <summary>How long after a STOP over the network the CPU starts again by itself; zero for never.</summary>
    public required TimeSpan ReturnToRun { get; init; }

    /// <summary>The largest block that may be downloaded, and how much of all of them the state directory keeps, in bytes.</summary>
    public required int DownloadSize { get; init; }

    public required long DownloadTotal { get; init; }

    /// <summary>Whether answers to user data are counted on a connection, as an S7-400 does, or bear the connection's number, as an S7-300 does (captures).</summary>
    public required bool CountsAnswers { get; init; }

    /// <summary>What opens the CPU to a password try; empty refuses every one.</summary>
    public required string Password { get; init; }

    /// <summary>Whether a visitor finds a CPU that has one: a protected CPU, or one that takes this.</summary>
    public bool HasPassword => !ControlAllowed || Password.Length > 0;

    public required SystemStatusLists Lists { get; init; }

    /// <summary>The device's own reference in a connection: small, and the same until it restarts (WIRE 3.1).</summary>
    public required ushort Reference { get; init; }

    public static S7Settings Read(ConfigSection section, ConfigSection identity, Cpu cpu, DeviceSeed seed, bool lowPorts) => new()
    {
        Enabled = section.Flag("enabled", false),
        Port = (int)section.Integer("port", lowPorts ? 102 : 10201, 1, 65535),
        // 16: "connections, of which OP and PG" of a CP 443-1 and the CPU behind it. [G]
        Connections = (int)section.Integer("connections", 16, 1, 65535),
        IdleTimeout = section.Duration("idle_timeout", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(7)),
        Latency = section.DurationRange("latency", (TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(6)), TimeSpan.FromSeconds(10)),
        // 112 is the least that STEP 7 works with, 960 the most that any of these CPUs gives.
        Pdu = (int)section.Integer("pdu", 240, 112, 960),
        Jobs = (int)section.Integer("jobs", 2, 1, 16),
        Tsaps = ReadTsaps(section),
        SaysDisconnect = section.Choice("wrong_tsap", "close", "close", "disconnect") == "disconnect",
        ControlAllowed = Allows(section),
        ReturnToRun = section.Duration("return_to_run", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(7)),
        // 64 KB is the largest block of a CPU 31x (S7-300 data sheets).
        DownloadSize = (int)section.Size("download_size", 64 << 10, 1 << 10, 1 << 20),
        DownloadTotal = section.Size("download_total", 16 << 20, 1 << 20, 1L << 40),
        Memory = S7Memory.Read(section, cpu.Image),
        CountsAnswers = section.Choice("sequence", "answer", "answer", "connection") == "answer",
        Password = ReadPassword(section),
        Lists = SystemStatusLists.Read(section, identity, cpu.Settings, seed, Allows(section)),
        Reference = (ushort)(2 + seed.For("s7 reference") % 7), // 3, 6 and 7 in captures; 1 is what a well-known server library always says
    };

    private static string ReadPassword(ConfigSection section)
    {
        var password = section.Text("password", "");
        if (password.Length > S7Server.PasswordLength || password.Any(c => c > 0xFF))
            section.Error("password", $"'password' in [s7comm] is one that no client can send; write up to {S7Server.PasswordLength} characters of Latin-1");
        return password;
    }

    private static bool Allows(ConfigSection section) => section.Choice("control", "allow", "allow", "refuse") == "allow";

    private static List<TsapPattern> ReadTsaps(ConfigSection section)
    {
        var patterns = new List<TsapPattern>();
        foreach (var text in section.Texts("tsaps"))
        {
            if (TsapPattern.TryParse(text, out var pattern)) patterns.Add(pattern);
            else section.Error("tsaps", $"\"{text}\" is no TSAP; write two bytes in hexadecimal, with ? for any digit: \"0102\", \"4D57\", \"10??\"");
        }
        return patterns;
    }
}

/// <summary>A called TSAP of two bytes, with digits left open: "0102", "10??".</summary>
internal readonly record struct TsapPattern(ushort Value, ushort Mask)
{
    public static bool TryParse(string text, out TsapPattern pattern)
    {
        pattern = default;
        if (text.Length != 4) return false;
        int value = 0, mask = 0;
        foreach (var digit in text)
        {
            if (digit != '?' && !char.IsAsciiHexDigit(digit)) return false;
            value = value << 4 | (digit == '?' ? 0 : Convert.ToInt32(digit.ToString(), 16));
            mask = mask << 4 | (digit == '?' ? 0 : 0xF);
        }
        pattern = new TsapPattern((ushort)value, (ushort)mask);
        return true;
    }

    public bool Matches(ReadOnlySpan<byte> tsap) => tsap.Length == 2 && ((tsap[0] << 8 | tsap[1]) & Mask) == Value;
}
