using System.Diagnostics.CodeAnalysis;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>The blocks in the CPU: those of the profile, and what visitors sent since the start. On the network loop's thread only.</summary>
internal sealed class S7Blocks
{
    /// <summary>Downloaded blocks that are kept in memory: enough for a real program of this size of CPU, and little of a Pi's memory.</summary>
    public const int MostDownloaded = 256, MostDownloadedBytes = 4 << 20;

    private static readonly Comparer<S7BlockName> Order = Comparer<S7BlockName>.Create((a, b) => a.Type != b.Type ? a.Type - b.Type : a.Number - b.Number);

    /// <summary>Of a CPU 31x, with their names: "S7-300 Instruction List" and "System Software, System and Standard Functions". [G]</summary>
    private static readonly (int Number, string Name)[] Functions =
    [
        (0, "SET_CLK"), (1, "READ_CLK"), (2, "SET_RTM"), (3, "CTRL_RTM"), (4, "READ_RTM"), (5, "GADR_LGC"), (6, "RD_SINFO"), (7, "DP_PRAL"), (11, "DPSYC_FR"),
        (12, "D_ACT_DP"), (13, "DPNRM_DG"), (14, "DPRD_DAT"), (15, "DPWR_DAT"), (17, "ALARM_SQ"), (18, "ALARM_S"), (19, "ALARM_SC"), (20, "BLKMOV"),
        (21, "FILL"), (22, "CREAT_DB"), (23, "DEL_DB"), (24, "TEST_DB"), (28, "SET_TINT"), (29, "CAN_TINT"), (30, "ACT_TINT"), (31, "QRY_TINT"),
        (32, "SRT_DINT"), (33, "CAN_DINT"), (34, "QRY_DINT"), (36, "MSK_FLT"), (37, "DMSK_FLT"), (38, "READ_ERR"), (39, "DIS_IRT"), (40, "EN_IRT"),
        (41, "DIS_AIRT"), (42, "EN_AIRT"), (43, "RE_TRIGR"), (44, "REPL_VAL"), (46, "STP"), (47, "WAIT"), (49, "LGC_GADR"), (50, "RD_LGADR"), (51, "RDSYSST"),
        (52, "WR_USMSG"), (55, "WR_PARM"), (56, "WR_DPARM"), (57, "PARM_MOD"), (58, "WR_REC"), (59, "RD_REC"), (64, "TIME_TCK"), (65, "X_SEND"), (66, "X_RCV"),
        (67, "X_GET"), (68, "X_PUT"), (69, "X_ABORT"), (70, "GEO_LOG"), (71, "LOG_GEO"), (81, "UBLKMOV"), (82, "CREA_DBL"), (83, "READ_DBL"), (84, "WRIT_DBL"),
        (101, "RTM"), (102, "RD_DPARA"), (105, "READ_SI"), (106, "DEL_SI"), (107, "ALARM_DQ"), (108, "ALARM_D"),
    ];

    private static readonly (int Number, string Name)[] FunctionBlocks =
    [
        (0, "CTU"), (1, "CTD"), (2, "CTUD"), (3, "TP"), (4, "TON"), (5, "TOF"), (32, "DRUM"), (52, "RDREC"), (53, "WRREC"), (54, "RALRM"), (75, "SALRM"),
        (81, "RD_DPAR"),
    ];

    private static readonly DateTime FirmwareTime = new(1996, 8, 9, 8, 21, 48, 120, DateTimeKind.Utc);

    private readonly SortedDictionary<S7BlockName, S7Block> _linked = new(Order), _passive = new(Order);
    private readonly HashSet<S7Block> _downloaded = [];
    private readonly HashSet<S7BlockName> _built = [];
    private int _downloadedBytes;

    public S7Blocks(S7Memory memory, DeviceSeed seed)
    {
        var draw = seed.Stream("s7 blocks");
        // Commissioned on some working day of 2008 to 2013, by the individual.
        var project = new DateTime(2008, 1, 7, 0, 0, 0, DateTimeKind.Utc).AddDays(7 * draw.Next(300) + draw.Next(5)).AddMinutes(7 * 60 + draw.Next(10 * 60));
        BuildProgram(ref draw, project);
        foreach (var (number, length) in memory.Blocks) BuildData(ref draw, project, number, length);
        foreach (var (number, length) in memory.IsS7200 ? [(0, 110)] : (ReadOnlySpan<(int, int)>)[(0, 284), (1, 86), (2, 230), (1000, 122), (1001, 164)])
            BuildSystemData(ref draw, project, number, length);
        if (memory.IsS7200) return;
        foreach (var (number, name) in Functions) BuildFirmware(S7BlockType.SFC, number, name);
        foreach (var (number, name) in FunctionBlocks) BuildFirmware(S7BlockType.SFB, number, name);
    }

    /// <summary>Those of one type that belong to the program, by number.</summary>
    public IEnumerable<S7Block> OfType(byte type) => _linked.Values.Where(b => b.Name.Type == type);

    public bool TryFind(S7BlockName name, [NotNullWhen(true)] out S7Block? block) => _linked.TryGetValue(name, out block);

    /// <summary>One that was downloaded and waits to be linked into the program, or else the linked one.</summary>
    public bool TryFindPassive(S7BlockName name, [NotNullWhen(true)] out S7Block? block) => _passive.TryGetValue(name, out block) || TryFind(name, out block);

    /// <summary>Takes a downloaded block; it is no part of the program before <see cref="TryLink"/>.</summary>
    /// <returns>False when as many as are kept are there.</returns>
    public bool TryAdd(S7Block block)
    {
        _passive.TryGetValue(block.Name, out var before);
        var freed = before is null ? 0 : before.Bytes.Length;
        if (_downloaded.Count - (before is null ? 0 : 1) >= MostDownloaded || _downloadedBytes - freed + block.Bytes.Length > MostDownloadedBytes) return false;
        Forget(before);
        _passive[block.Name] = block;
        _downloaded.Add(block);
        _downloadedBytes += block.Bytes.Length;
        return true;
    }

    /// <summary>Makes a downloaded block part of the program, in the place of the one of that name.</summary>
    public bool TryLink(S7BlockName name)
    {
        if (_linked.TryGetValue(name, out var firmware) && firmware.IsFirmware) return false;
        if (!_passive.Remove(name, out var block)) return false;
        if (_linked.TryGetValue(name, out var before)) Forget(before);
        _linked[name] = block;
        return true;
    }

    /// <summary>Deletes what a visitor brought. What the CPU came with stays: its data blocks are memory that can be read all the same, and without OB1 and SDB0 it would not run.</summary>
    public bool TryRemove(S7BlockName name)
    {
        if (_built.Contains(name)) return false;
        var found = false;
        foreach (var place in (ReadOnlySpan<SortedDictionary<S7BlockName, S7Block>>)[_linked, _passive])
        {
            if (!place.Remove(name, out var block)) continue;
            Forget(block);
            found = true;
        }
        return found;
    }

    private void Forget(S7Block? block)
    {
        if (block is not null && _downloaded.Remove(block)) _downloadedBytes -= block.Bytes.Length;
    }

    /// <summary>OB1: some inputs to some outputs, and the end. AND of an input bit is C0+bit, byte; an output's assignment D8+bit, 80+byte; BE 65 00.</summary>
    private void BuildProgram(ref SplitMix64 draw, DateTime project)
    {
        var rungs = 6 + draw.Next(6);
        var code = new byte[4 * rungs + 2];
        for (var i = 0; i < rungs; i++)
            ((ReadOnlySpan<byte>)[(byte)(0xC0 + i % 8), (byte)(i / 8), (byte)(0xD8 + i % 8), (byte)(0x80 + i / 8)]).CopyTo(code.AsSpan(4 * i));
        code[^2] = 0x65;
        // Number of networks and their lengths.
        ReadOnlySpan<byte> networks = [0, 1, 0, (byte)code.Length];
        Link(S7Block.Build(new S7BlockName(S7BlockType.OB, 1), new S7BlockTraits
        {
            Language = S7Block.StatementList,
            CodeTime = project.AddMinutes(draw.Next(200_000)).AddMilliseconds(draw.Next(60_000)),
            InterfaceTime = new DateTime(1996, 2, 15, 16, 51, 12, DateTimeKind.Utc), // STEP 7's own template of OB1 [G]
            Interface = networks,
            Additional = stackalloc byte[14],
            LocalData = 22,
            Checksum = (ushort)draw.Next(65536),
        }, code));
    }

    private void BuildData(ref SplitMix64 draw, DateTime project, int number, int length)
    {
        // The times of code and interface are equal as long as nobody changed the layout.
        var time = project.AddMinutes(draw.Next(20_000)).AddMilliseconds(draw.Next(60_000));
        Link(S7Block.Build(new S7BlockName(S7BlockType.DB, number), new S7BlockTraits
        {
            Language = S7Block.DataBlock,
            CodeTime = time,
            InterfaceTime = time,
            Interface = [0x05, 0x05, (byte)(length >> 8), (byte)length, 0, 0],
            Checksum = (ushort)draw.Next(65536),
        }, new byte[length]));
    }

    private void BuildSystemData(ref SplitMix64 draw, DateTime project, int number, int length)
    {
        // Records of parameters: mostly zeros and small numbers.
        var data = new byte[length];
        for (var i = 0; i < length; i++) data[i] = draw.Next(4) == 0 ? (byte)draw.Next(32) : (byte)0;
        var time = project.AddSeconds(draw.Next(60));
        Link(S7Block.Build(new S7BlockName(S7BlockType.SDB, number), new S7BlockTraits
        {
            Language = S7Block.SystemData,
            CodeTime = time,
            InterfaceTime = time,
            Checksum = (ushort)draw.Next(65536),
        }, data));
    }

    /// <summary>As a real SFB1 describes itself (dark-lbp/isf, test_s7comm.py): flags, date, and the lengths of its sections; of the others [G].</summary>
    private void BuildFirmware(byte type, int number, string name) => Link(S7Block.Build(new S7BlockName(type, number), new S7BlockTraits
    {
        Flags = S7Block.Firmware,
        Language = S7Block.StatementList,
        CodeTime = FirmwareTime,
        InterfaceTime = FirmwareTime,
        Interface = stackalloc byte[20],
        Additional = stackalloc byte[4],
        Author = "SIMATIC",
        Family = type == S7BlockType.SFB && number <= 5 ? "IEC_TC" : "",
        Title = name,
        Version = 0x10,
        IsFirmware = true,
    }, [0x65, 0]));

    private void Link(S7Block block)
    {
        _linked[block.Name] = block;
        _built.Add(block.Name);
    }
}
