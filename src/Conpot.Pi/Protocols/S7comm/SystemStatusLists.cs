using System.Buffers.Binary;
using System.Globalization;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>One list of [[s7comm.szl]].</summary>
/// <param name="Id">Upper byte: which part of it; lower byte: its number.</param>
/// <param name="Index">The only index it answers to, then echoed; -1 when the index picks a record or does not matter.</param>
/// <param name="Length">Of a record, in bytes.</param>
/// <param name="Count">What its header alone says, where that differs from what the list gives out.</param>
/// <param name="IsDiagnosis">Its records are those of the diagnostic buffer.</param>
internal sealed record SystemStatusList(int Id, int Index, int Length, int Count, bool IsDiagnosis, SzlRecord[] Records);

/// <summary>The system status lists (SZL) of the device, as the profile has them, and the lists that follow from them.</summary>
/// <remarks>
/// Of a list 00nn there are also 01nn, the one record whose first word is the index, and 0Fnn, the header alone. Written lists 01nn and 02nn give out one
/// record as well, unless they have an index of their own. A list of lists (0000) is made of what there is, unless the profile has one.
/// </remarks>
internal sealed class SystemStatusLists
{
    /// <summary>Id, index, length of a record, number of records.</summary>
    public const int Header = 8;

    /// <summary>The largest answer: three times the largest of a real CPU that was seen.</summary>
    public const int Longest = 2048;

    /// <summary>Errors of a request: "no such list", "no such index" (WIRE 3.3).</summary>
    public const ushort WrongId = 0xD401, WrongIndex = 0xD402;

    private readonly List<SystemStatusList> _lists;
    private readonly ushort[] _ids;

    private SystemStatusLists(List<SystemStatusList> lists) => (_lists, _ids) = (lists, IdsOf(lists));

    /// <param name="section">[s7comm] with its [[s7comm.szl]].</param>
    /// <param name="identity">[identity]: a {word} in a text is a key of it.</param>
    /// <param name="open">Whether no password protects the CPU.</param>
    public static SystemStatusLists Read(ConfigSection section, ConfigSection identity, CpuSettings cpu, DeviceSeed seed, bool open)
    {
        var lists = new List<SystemStatusList>();
        foreach (var list in section.Sections("szl"))
        {
            var id = (int)list.Integer("id", -1, 0, 0xFFFF);
            var index = (int)list.Integer("index", -1, 0, 0xFFFF);
            var length = (int)list.Integer("length", 0, 2, 512);
            var count = (int)list.Integer("count", -1, 0, 0xFFFF);
            if (id < 0 && !list.Has("id")) list.Error("id", "[[s7comm.szl]] has no 'id'; add for example id = 0x0011");
            if (length == 0 && !list.Has("length")) list.Error("length", "[[s7comm.szl]] has no 'length'; add the bytes of a record, for example length = 28");
            var texts = list.Texts("records");
            var diagnosis = texts is ["{events}"];
            var records = new List<SzlRecord>();
            foreach (var text in diagnosis ? [] : texts)
            {
                if (SzlRecord.TryParse(text, length, name => Word(name, identity, cpu, seed, open), out var record, out var problem)) records.Add(record);
                else if (length > 0) list.Error("records", $"a record of SZL {id:X4} in [[s7comm.szl]] is {Shown.Quoted(text)}: {problem}; write hexadecimal, 'text' and {{fields}}: \"0001 '{{order_number}}'20 00C0\"");
            }
            if (Header + records.Count * length > Longest) list.Error("records", $"SZL {id:X4} in [[s7comm.szl]] has {records.Count} records of {length} bytes; allowed: {Longest} bytes in all, leave some out");
            else if (diagnosis && length != DiagnosticBuffer.EntryLength) list.Error("length", $"the records {{events}} of SZL {id:X4} have {DiagnosticBuffer.EntryLength} bytes; write length = {DiagnosticBuffer.EntryLength}");
            else lists.Add(new SystemStatusList(id, index, length, count, diagnosis, [.. records]));
        }
        return new SystemStatusLists(lists);
    }

    /// <summary>Writes the answer to a request, from the id on.</summary>
    /// <returns>Its bytes; 0 with an error.</returns>
    public int Write(ushort id, ushort index, S7Device device, Span<byte> answer, out ushort error)
    {
        error = 0;
        SystemStatusList? whole = null, own = null;
        var isKnown = _ids.AsSpan().Contains(id);
        foreach (var list in _lists)
        {
            isKnown |= list.Id == id;
            if (list.Id == id && (list.Index < 0 || list.Index == index)) own = list;
            if (list.Id == (id & 0xF0FF) && list.Index < 0) whole = list;
        }
        var part = id >> 8 & 0xF;
        if (own is { Index: >= 0 } || own is not null && part is not (1 or 2)) return Whole(own, id, own.Index < 0 ? (ushort)0 : index, device, answer);
        if (part == 0xF && whole is not null)
        {
            BinaryPrimitives.WriteUInt16BigEndian(answer[6..], (ushort)(whole.Count >= 0 ? whole.Count : whole.IsDiagnosis ? DiagnosticBuffer.Entries : whole.Records.Length));
            return Head(answer, id, 0, whole.Length);
        }
        if ((id & 0xF0FF) == 0 && part is 0 or 0xF && !_ids.AsSpan().IsEmpty && id is 0 or 0x0F00) return Ids(id, answer);
        if ((own ?? (part == 1 ? whole : null)) is { } records && One(records, id, index, device, answer) is > 0 and var length) return length;
        if (!isKnown)
        {
            error = WrongId;
            return 0;
        }
        if (own is null && part is 0 or 0xF)
        {
            // Listed, but nothing in it that this device has: as the captured CPU answers 0112 for a group without members.
            BinaryPrimitives.WriteUInt16BigEndian(answer[6..], 0);
            return Head(answer, id, 0, 0);
        }
        error = WrongIndex;
        return 0;
    }

    private static int Whole(SystemStatusList list, ushort id, ushort index, S7Device device, Span<byte> answer)
    {
        if (list.IsDiagnosis) return Entries(list, id, index, DiagnosticBuffer.Entries, device, answer);
        var at = Header;
        foreach (var record in list.Records)
        {
            record.Write(answer.Slice(at, list.Length), device);
            at += list.Length;
        }
        BinaryPrimitives.WriteUInt16BigEndian(answer[6..], (ushort)list.Records.Length);
        Head(answer, id, index, list.Records.Length == 0 && list.Index >= 0 ? 0 : list.Length);
        return at;
    }

    private static int One(SystemStatusList list, ushort id, ushort index, S7Device device, Span<byte> answer)
    {
        if (list.IsDiagnosis) return index is > 0 and <= DiagnosticBuffer.Entries ? Entries(list, id, index, index, device, answer) : 0;
        foreach (var record in list.Records)
        {
            if (record.Index != index) continue;
            record.Write(answer.Slice(Header, list.Length), device);
            BinaryPrimitives.WriteUInt16BigEndian(answer[6..], 1);
            return Head(answer, id, index, list.Length) + list.Length;
        }
        return 0;
    }

    private static int Entries(SystemStatusList list, ushort id, ushort index, int count, S7Device device, Span<byte> answer)
    {
        device.Diagnosis.Write(answer.Slice(Header, count * list.Length));
        BinaryPrimitives.WriteUInt16BigEndian(answer[6..], (ushort)count);
        return Head(answer, id, index, list.Length) + count * list.Length;
    }

    private int Ids(ushort id, Span<byte> answer)
    {
        BinaryPrimitives.WriteUInt16BigEndian(answer[6..], (ushort)_ids.Length);
        var at = Head(answer, id, 0, 2);
        if (id != 0) return at;
        foreach (var known in _ids)
        {
            BinaryPrimitives.WriteUInt16BigEndian(answer[at..], known);
            at += 2;
        }
        return at;
    }

    private static int Head(Span<byte> answer, ushort id, ushort index, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(answer, id);
        BinaryPrimitives.WriteUInt16BigEndian(answer[2..], index);
        BinaryPrimitives.WriteUInt16BigEndian(answer[4..], (ushort)length);
        return Header;
    }

    /// <summary>By number, then by part, as in a real list of lists.</summary>
    private static ushort[] IdsOf(List<SystemStatusList> lists)
    {
        if (lists.Count == 0) return [];
        if (lists.Find(l => l.Id == 0) is { } written) return [.. written.Records.Select(r => (ushort)r.Index)];
        var ids = new SortedSet<ushort>(Comparer<ushort>.Create((a, b) => (byte)a != (byte)b ? (byte)a - (byte)b : a - b)) { 0, 0x0F00 };
        foreach (var list in lists)
        {
            ids.Add((ushort)list.Id);
            if ((list.Id & 0x0F00) != 0) continue;
            ids.Add((ushort)(list.Id | 0x0100));
            ids.Add((ushort)(list.Id | 0x0F00));
        }
        return [.. ids.Take((Longest - Header) / 2)];
    }

    private static string? Word(string name, ConfigSection identity, CpuSettings cpu, DeviceSeed seed, bool open) => name switch
    {
        "order_number" => cpu.OrderNumber,
        "cpu" => cpu.Model,
        "cpu_serial" => CpuSerial(seed),
        "serial" => seed.Serial,
        "card_serial" => $"MMC {(uint)seed.For("memory card"):X8}",
        "hardware_checksum" => ((uint)seed.For("hardware checksum")).ToString("X8", CultureInfo.InvariantCulture),
        // Level by parameter, and in force: 0 and 1 without protection; 3 and 3 in a capture of a CPU with a password (step7_s300_AuthPassword). 2 forbids to write.
        "protection" => open ? "00000001" : "00020002",
        "program_checksum" => ((uint)seed.For("program checksum")).ToString("X8", CultureInfo.InvariantCulture),
        _ when identity.Has(name) => seed.Personalise(identity.Text(name, "")),
        _ => null,
    };

    /// <summary>"S C-", letter, digit, letter, five digits and the year, as in genuine ones (S C-B1U393142011, S C-C6TW48882012), made in the year of the module's VP number.</summary>
    private static string CpuSerial(DeviceSeed seed)
    {
        var draw = seed.Stream("cpu serial");
        var year = 2007 + "VWXABCDEF".IndexOf(seed.Serial[2], StringComparison.Ordinal); // DeviceSeed: the date letter of its own serial number
        return string.Create(CultureInfo.InvariantCulture, $"S C-{"ABCX"[draw.Next(4)]}{1 + draw.Next(9)}U{draw.Next(100_000):D5}{year}");
    }
}
