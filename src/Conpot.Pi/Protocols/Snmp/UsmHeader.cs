namespace Conpot.Pi.Protocols.Snmp;

/// <summary>Header and USM security parameters of an SNMPv3 message (RFC 3412, 6; RFC 3414, 2.4): who asks, and with what security.</summary>
internal ref struct UsmHeader
{
    private const byte Auth = 1, Priv = 2, Reportable = 4;

    /// <summary>The user-based security model.</summary>
    private const int Usm = 3;

    public long MessageId { get; private set; }

    private byte Flags { get; set; }

    public long SecurityModel { get; private set; }

    public ReadOnlySpan<byte> EngineId { get; private set; }

    public long EngineBoots { get; private set; }

    public long EngineTime { get; private set; }

    public ReadOnlySpan<byte> UserName { get; private set; }

    /// <summary>The digest, of a message that claims to be authenticated.</summary>
    public ReadOnlySpan<byte> AuthParameters { get; private set; }

    /// <summary>The salt, of an encrypted message.</summary>
    public ReadOnlySpan<byte> PrivParameters { get; private set; }

    public readonly bool IsUsm => SecurityModel == Usm;

    public readonly bool IsEncrypted => (Flags & Priv) != 0;

    public readonly bool IsReportable => (Flags & Reportable) != 0;

    /// <summary>RFC 3412, 7.2: privacy without authentication is an invalid message.</summary>
    public readonly bool IsValidLevel => (Flags & (Auth | Priv)) != Priv;

    public readonly ReadOnlySpan<byte> Level => (Flags & (Auth | Priv)) switch
    {
        0 => "noAuthNoPriv"u8,
        Auth => "authNoPriv"u8,
        Auth | Priv => "authPriv"u8,
        _ => "invalid"u8,
    };

    /// <summary>Takes header and parameters off the message; the reader's problem says whether and where it failed.</summary>
    public static UsmHeader Take(scoped ref BerReader message)
    {
        var usm = default(UsmHeader);
        if (!message.TryTake(SnmpType.Sequence, "no header", out var contents)) return usm;
        var header = new BerReader(contents, message.ContentsOffset);
        if (header.TryTakeInteger("no message id", out _, out var id)) usm.MessageId = id;
        header.TryTakeInteger("no largest size", out _, out _);
        if (header.TryTake(SnmpType.OctetString, "no flags", out var flags) && !flags.IsEmpty) usm.Flags = flags[0];
        if (header.TryTakeInteger("no security model", out _, out var model)) usm.SecurityModel = model;
        if (message.Adopt(in header) || !message.TryTake(SnmpType.OctetString, "no security parameters", out contents) || !usm.IsUsm) return usm;

        var outer = new BerReader(contents, message.ContentsOffset);
        if (outer.TryTake(SnmpType.Sequence, "no USM parameters", out contents))
        {
            var parameters = new BerReader(contents, outer.ContentsOffset);
            if (parameters.TryTake(SnmpType.OctetString, "no engine id", out var engineId)) usm.EngineId = engineId;
            if (parameters.TryTakeInteger("no engine boots", out _, out var boots)) usm.EngineBoots = boots;
            if (parameters.TryTakeInteger("no engine time", out _, out var time)) usm.EngineTime = time;
            if (parameters.TryTake(SnmpType.OctetString, "no user name", out var user)) usm.UserName = user;
            if (parameters.TryTake(SnmpType.OctetString, "no authentication parameters", out var digest)) usm.AuthParameters = digest;
            if (parameters.TryTake(SnmpType.OctetString, "no privacy parameters", out var salt)) usm.PrivParameters = salt;
            outer.Adopt(in parameters);
        }
        message.Adopt(in outer);
        return usm;
    }
}
