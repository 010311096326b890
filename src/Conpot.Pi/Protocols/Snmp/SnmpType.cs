namespace Conpot.Pi.Protocols.Snmp;

/// <summary>BER tags of SNMP values (RFC 1155 3.2.3, RFC 3416 2 and 3) and of its PDUs.</summary>
internal static class SnmpType
{
    public const byte Integer = 0x02, OctetString = 0x04, Null = 0x05, ObjectIdentifier = 0x06, Sequence = 0x30;
    public const byte IpAddress = 0x40, Counter32 = 0x41, Gauge32 = 0x42, TimeTicks = 0x43, Opaque = 0x44, Counter64 = 0x46;

    /// <summary>Exceptions in a v2c reply's varbind (RFC 3416, 3).</summary>
    public const byte NoSuchObject = 0x80, NoSuchInstance = 0x81, EndOfMibView = 0x82;

    public const byte Get = 0xA0, GetNext = 0xA1, Response = 0xA2, Set = 0xA3, TrapV1 = 0xA4, GetBulk = 0xA5, Inform = 0xA6, TrapV2 = 0xA7, Report = 0xA8;

    /// <summary>A PDU's name in RFC 3416 (Trap: RFC 1157).</summary>
    public static ReadOnlySpan<byte> PduName(byte pdu) => pdu switch
    {
        Get => "GetRequest"u8,
        GetNext => "GetNextRequest"u8,
        Response => "Response"u8,
        Set => "SetRequest"u8,
        TrapV1 => "Trap"u8,
        GetBulk => "GetBulkRequest"u8,
        Inform => "InformRequest"u8,
        TrapV2 => "SNMPv2-Trap"u8,
        Report => "Report"u8,
        _ => "unknown"u8,
    };
}

/// <summary>error-status values (RFC 1157 4.1.1: 0-5; RFC 3416, 3: 6-18).</summary>
internal static class ErrorStatus
{
    public const byte NoError = 0, TooBig = 1, NoSuchName = 2, BadValue = 3, ReadOnly = 4, GenErr = 5;
    public const byte NoAccess = 6, WrongType = 7, WrongLength = 8, WrongEncoding = 9, WrongValue = 10, NoCreation = 11, InconsistentValue = 12;
    public const byte ResourceUnavailable = 13, CommitFailed = 14, UndoFailed = 15, AuthorizationError = 16, NotWritable = 17, InconsistentName = 18;

    public static ReadOnlySpan<byte> Name(byte status) => status switch
    {
        NoError => "noError"u8,
        TooBig => "tooBig"u8,
        NoSuchName => "noSuchName"u8,
        BadValue => "badValue"u8,
        ReadOnly => "readOnly"u8,
        GenErr => "genErr"u8,
        NoAccess => "noAccess"u8,
        WrongType => "wrongType"u8,
        WrongLength => "wrongLength"u8,
        WrongEncoding => "wrongEncoding"u8,
        WrongValue => "wrongValue"u8,
        NoCreation => "noCreation"u8,
        InconsistentValue => "inconsistentValue"u8,
        ResourceUnavailable => "resourceUnavailable"u8,
        CommitFailed => "commitFailed"u8,
        UndoFailed => "undoFailed"u8,
        AuthorizationError => "authorizationError"u8,
        NotWritable => "notWritable"u8,
        InconsistentName => "inconsistentName"u8,
        _ => "unknown"u8,
    };
}
