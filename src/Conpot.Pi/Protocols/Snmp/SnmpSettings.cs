namespace Conpot.Pi.Protocols.Snmp;

/// <summary>[snmp] as the engine needs it.</summary>
internal sealed record SnmpSettings
{
    public bool Enabled { get; init; } = true;
    public int Port { get; init; } = 161;
    public (TimeSpan From, TimeSpan To) Latency { get; init; } = (TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(6));

    public bool V1 { get; init; } = true;
    public bool V2c { get; init; } = true;

    /// <summary>Engine discovery and usmStats reports; no user exists.</summary>
    public bool V3 { get; init; }

    /// <summary>ISO-8859-1 bytes of the communities.</summary>
    public byte[][] ReadCommunities { get; init; } = [[.. "public"u8]];

    public byte[][] WriteCommunities { get; init; } = [[.. "private"u8]];

    /// <summary>The largest reply in bytes; beyond it tooBig (RFC 1157: at least 484; SIMATIC NET: one Ethernet frame).</summary>
    public int LargestMessage { get; init; } = 1472;

    /// <summary>snmpEngineID of v3: 1.3.6.1.4.1.4329 (Siemens), MAC format (RFC 3411, SnmpEngineID): 80 00 10 E9 03 and six bytes.</summary>
    public byte[] EngineId { get; init; } = [0x80, 0x00, 0x10, 0xE9, 0x03, 0x00, 0x0E, 0x8C, 0, 0, 0];
}
