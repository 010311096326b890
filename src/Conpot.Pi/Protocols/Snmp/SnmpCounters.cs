namespace Conpot.Pi.Protocols.Snmp;

/// <summary>The snmp group's counters (RFC 1213, 3.11): what really came and went; 32 bits each, they wrap.</summary>
internal sealed class SnmpCounters
{
    /// <summary>Index 1..30 as in 1.3.6.1.2.1.11.N.0; 7, 23 and 30 are no counters.</summary>
    private readonly uint[] _values = new uint[31];

    public const int InPkts = 1, OutPkts = 2, InBadVersions = 3, InBadCommunityNames = 4, InBadCommunityUses = 5, InAsnParseErrs = 6;
    public const int InTooBigs = 8, InNoSuchNames = 9, InBadValues = 10, InReadOnlys = 11, InGenErrs = 12, InTotalReqVars = 13, InTotalSetVars = 14;
    public const int InGetRequests = 15, InGetNexts = 16, InSetRequests = 17, InGetResponses = 18, InTraps = 19;
    public const int OutTooBigs = 20, OutNoSuchNames = 21, OutBadValues = 22, OutGenErrs = 24, OutGetRequests = 25, OutGetNexts = 26, OutSetRequests = 27, OutGetResponses = 28, OutTraps = 29;

    public uint this[int index] => _values[index];

    public void Count(int index, uint by = 1) => _values[index] += by;

    /// <summary>Takes the counts of an earlier run of the program: the device did not restart.</summary>
    public void Restore(int index, uint value) => _values[index] = value;
}
