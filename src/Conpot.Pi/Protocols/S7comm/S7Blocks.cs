using System.Diagnostics.CodeAnalysis;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>The blocks in the CPU: those of the profile, and what visitors sent since the start. On the network loop's thread only.</summary>
internal sealed class S7Blocks
{
    /// <summary>Downloaded blocks that are kept in memory: enough for a real program of this size of CPU, and little of a Pi's memory.</summary>
    public const int MostDownloaded = 256, MostDownloadedBytes = 4 << 20;

    private static readonly Comparer<S7BlockName> Order = Comparer<S7BlockName>.Create((a, b) => a.Type != b.Type ? a.Type - b.Type : a.Number - b.Number);

    /// <summary>Of a CPU 31x: "S7-300 Instruction List", system functions and system function blocks. [G]</summary>
    private static readonly int[] Functions = [0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 28, 29, 30, 31, 32, 33, 34, 36, 37, 38, 39, 40, 41, 42, 43, 44, 46, 47, 49, 50, 51, 52, 55, 56, 57, 58, 59, 64, 65, 66, 67, 68, 69, 70, 71, 81, 82, 83, 84, 101, 102, 105, 106, 107, 108];

    private static readonly int[] FunctionBlocks = [0, 1, 2, 3, 4, 5, 32, 52, 53, 54, 75, 81];

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
        foreach (var number in Functions) BuildFirmware(S7BlockType.SFC, number);
        foreach (var number in FunctionBlocks) BuildFirmware(S7BlockType.SFB, number);
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

    private void BuildFirmware(byte type, int number) => Link(S7Block.Build(new S7BlockName(type, number), new S7BlockTraits
    {
        Language = S7Block.StatementList,
        CodeTime = new DateTime(1994, 10, 1, 0, 0, 0, DateTimeKind.Utc),
        InterfaceTime = new DateTime(1994, 10, 1, 0, 0, 0, DateTimeKind.Utc),
        Author = "SIMATIC",
        Version = 0x10,
        IsFirmware = true,
    }, []));

    private void Link(S7Block block)
    {
        _linked[block.Name] = block;
        _built.Add(block.Name);
    }
}
