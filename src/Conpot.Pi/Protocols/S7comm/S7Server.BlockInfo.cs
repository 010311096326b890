using System.Buffers.Binary;
using Conpot.Pi.Events;

namespace Conpot.Pi.Protocols.S7comm;

/// <content>User data of the group "block functions": how many blocks, which, and what one is.</content>
internal sealed partial class S7Server
{
    /// <summary>"No such block", and none of that type (WIRE 3.4).</summary>
    private const ushort NoBlock = 0xD209;

    /// <summary>Blocks in one list; a CPU of this size has fewer.</summary>
    private const int MostListed = 500;

    private void BlockFunction(in S7Pdu pdu, in S7Userdata asked, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Identify;
        Span<byte> data = stackalloc byte[4 * MostListed];
        var length = 0;
        switch (asked.Subfunction)
        {
            case 1:
                exchange.Operation = "list blocks"u8;
                foreach (var type in S7BlockType.All)
                {
                    (data[length], data[length + 1]) = ((byte)'0', type);
                    BinaryPrimitives.WriteUInt16BigEndian(data[(length + 2)..], (ushort)memories.Blocks.OfType(type).Count());
                    length += 4;
                }
                break;
            case 2:
                exchange.Operation = "list blocks of type"u8;
                if (asked.Data.Length < 2 || asked.Data[0] != (byte)'0') break;
                exchange.Note = S7BlockType.Text(asked.Data[1]);
                foreach (var block in memories.Blocks.OfType(asked.Data[1]).Take(MostListed))
                {
                    BinaryPrimitives.WriteUInt16BigEndian(data[length..], (ushort)block.Name.Number);
                    data[length + 2] = Origin(block);
                    data[length + 3] = block.Language;
                    length += 4;
                }
                break;
            case 3:
                exchange.Operation = "block info"u8;
                if (asked.Data.Length < S7BlockName.Length) break;
                exchange.Said = asked.Data[..S7BlockName.Length].ToArray();
                if (S7BlockName.TryRead(asked.Data[..S7BlockName.Length], out var name, out _) && memories.Blocks.TryFind(name, out var found)) length = Describe(found, data);
                break;
            default:
                exchange.Kind = S7commEvents.Unknown;
                exchange.Operation = "unknown block function"u8;
                Fail(in pdu, in asked, S7Error.NotAvailable, link, ref frames, ref exchange);
                return;
        }
        if (length == 0) Fail(in pdu, in asked, NoBlock, link, ref frames, ref exchange);
        else Reply(in pdu, in asked, data[..length], link, ref frames, asked.Subfunction == 2 ? 4 : 1);
    }

    /// <summary>22 for a block of the program, 42 for one of the firmware, in lists as in descriptions (dark-lbp/isf, test_s7comm.py; snap7's structures).</summary>
    private static byte Origin(S7Block block) => block.IsFirmware ? (byte)0x42 : (byte)0x22;

    /// <summary>0100, the length of what follows, origin and 0, then header and footer of the block as they are (the same sources).</summary>
    private static int Describe(S7Block block, Span<byte> info)
    {
        const int follows = 2 + S7Block.HeaderLength + S7Block.FooterLength;
        (info[0], info[1]) = (1, 0);
        BinaryPrimitives.WriteUInt16BigEndian(info[2..], follows);
        (info[4], info[5]) = (Origin(block), 0);
        block.Header.CopyTo(info[6..]);
        block.Footer.CopyTo(info[(6 + S7Block.HeaderLength)..]);
        return 4 + follows;
    }
}
