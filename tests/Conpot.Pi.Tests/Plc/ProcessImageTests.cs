using Conpot.Pi.Plc;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

public class ProcessImageTests
{
    [Fact]
    public void Bit_runs_agree_with_a_bit_by_bit_model() =>
        (from memory in Gen.Byte.Array[16]
         from first in Gen.Int[0, 127]
         from count in Gen.Int[0, 128 - first]
         from written in Gen.Byte.Array[(count + 7) / 8]
         select (memory, first, count, written)).Sample(t =>
        {
            var image = new ProcessImage();
            image.Write(Area.Q, 0, t.memory);
            var model = Bits(t.memory);
            var packed = new byte[(t.count + 7) / 8];
            image.ReadBits(Area.Q, t.first, t.count, packed);
            Assert.Equal(Pack(model, t.first, t.count), packed);

            var before = new byte[packed.Length];
            image.ExchangeBits(Area.Q, t.first, t.count, t.written, before);
            Assert.Equal(packed, before);
            var wanted = Bits(t.written);
            for (var i = 0; i < t.count; i++)
                model[t.first + i] = wanted[i];
            var all = new byte[16];
            image.Read(Area.Q, 0, all);
            Assert.Equal(Pack(model, 0, 128), all);
        }, iter: 2000);

    [Fact]
    public void Words_and_double_words_are_big_endian()
    {
        var image = new ProcessImage();
        image.WriteDouble(Area.V, 100, 0x01020304);
        Assert.Equal(0x0102, image.ReadWord(Area.V, 100));
        Assert.Equal(0x0304, image.ReadWord(Area.V, 102));
        Assert.Equal(0x04, image.ReadByte(Area.V, 103));
        image.WriteWord(Area.V, 101, 0xABCD);
        Assert.Equal(0x01ABCD04u, image.ReadDouble(Area.V, 100));
    }

    [Fact]
    public void A_timer_is_a_word_and_a_status_bit_apart_from_each_other()
    {
        var image = new ProcessImage();
        var t255 = AddressTests.At("T255");
        image[t255] = true;
        image.WriteWord(Area.T, t255.Offset, 300);
        Assert.True(image[t255]);
        Assert.False(image[AddressTests.At("T254")]);
        Assert.Equal(300u, image.Read(t255));
        Assert.Equal(0x80, image.ReadByte(Area.T, 543));
    }

    [Theory]
    [InlineData(0, 16, true)]
    [InlineData(15, 1, true)]
    [InlineData(16, 0, true)]
    [InlineData(15, 2, false)]
    [InlineData(-1, 1, false)]
    [InlineData(0, -1, false)]
    [InlineData(int.MaxValue, int.MaxValue, false)]
    public void Knows_what_fits(int offset, int length, bool fits)
    {
        var image = new ProcessImage();
        Assert.Equal(fits, image.Fits(Area.I, offset, length));
        Assert.True(image.FitsBits(Area.I, 127, 1));
        Assert.False(image.FitsBits(Area.I, 127, 2));
        Assert.False(image.FitsBits(Area.I, int.MaxValue, int.MaxValue));
    }

    [Fact]
    public void A_smaller_CPU_has_less_V_memory()
    {
        var image = new ProcessImage(vMemory: 2048);
        Assert.True(image.Fits(AddressTests.At("VW2046")));
        Assert.False(image.Fits(AddressTests.At("VW2047")));
    }

    [Fact]
    public void Changes_counts_the_calls_that_changed_something()
    {
        var image = new ProcessImage();
        image.WriteWord(Area.V, 0, 5);
        Assert.Equal(1, image.Changes);
        image.WriteWord(Area.V, 0, 5);
        image.WriteBits(Area.Q, 3, 1, [0]);
        image.Clear(Area.Q);
        Assert.Equal(1, image.Changes);
        image[AddressTests.At("Q15.7")] = true;
        Assert.Equal(2, image.Changes);
        image.Clear(Area.Q);
        Assert.Equal(3, image.Changes);
        image.Exchange(Area.V, 0, [0, 5, 0, 1], stackalloc byte[4]);
        Assert.Equal(4, image.Changes);
    }

    [Fact]
    public void A_reader_never_sees_half_a_write()
    {
        const int Writes = 20_000;
        var image = new ProcessImage();
        var writer = new Thread(() =>
        {
            Span<byte> block = stackalloc byte[200];
            for (var i = 0; i < Writes; i++)
            {
                block.Fill((byte)i);
                image.Write(Area.V, 1000, block);
            }
        });
        writer.Start();
        Span<byte> seen = stackalloc byte[200];
        for (var i = 0; i < Writes; i++)
        {
            image.Read(Area.V, 1000, seen);
            Assert.False(seen.ContainsAnyExcept(seen[0]));
        }
        writer.Join();
    }

    [Fact]
    public void Holding_makes_several_calls_one()
    {
        const int Rounds = 10_000;
        var image = new ProcessImage();
        void Add()
        {
            for (var i = 0; i < Rounds; i++)
            {
                using (image.Hold())
                    image.WriteWord(Area.V, 0, (ushort)(image.ReadWord(Area.V, 0) + 1));
            }
        }
        var other = new Thread(Add);
        other.Start();
        Add();
        other.Join();
        Assert.Equal(2 * Rounds, image.ReadWord(Area.V, 0));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        var image = new ProcessImage();
        var q = AddressTests.At("Q1.1");
        void Work()
        {
            Span<byte> few = stackalloc byte[8];
            image[q] = !image[q];
            image.WriteWord(Area.V, 0, (ushort)(image.ReadWord(Area.V, 0) + 1));
            image.ExchangeBits(Area.Q, 5, 30, few, few[4..]);
            image.Exchange(Area.V, 0, few[..4], few[4..]);
        }
        Work();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Work();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static bool[] Bits(byte[] bytes) => [.. bytes.SelectMany(b => Enumerable.Range(0, 8).Select(bit => (b >> bit & 1) != 0))];

    private static byte[] Pack(bool[] bits, int first, int count)
    {
        var packed = new byte[(count + 7) / 8];
        for (var i = 0; i < count; i++)
            packed[i / 8] |= (byte)(bits[first + i] ? 1 << i % 8 : 0);
        return packed;
    }
}
