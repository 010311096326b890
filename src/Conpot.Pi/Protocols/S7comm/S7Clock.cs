namespace Conpot.Pi.Protocols.S7comm;

/// <summary>The device's clock: the time of day, and how far a visitor has set it off. Set time is forgotten at the next start, as without a battery.</summary>
internal sealed class S7Clock(TimeProvider time)
{
    /// <summary>Year, month, day, hour, minute, second, two digits of milliseconds, then the third and the weekday from 1 = Sunday: all BCD (DATE_AND_TIME).</summary>
    public const int Bytes = 8;

    private long _offset;

    public DateTime Now => Shifted(time.GetUtcNow().UtcDateTime);

    /// <summary>How far the machine's wall clock is ahead of its monotonic one; it jumps when the wall clock is set, as on a Pi once it has found a time server.</summary>
    public TimeSpan Drift => time.GetUtcNow().UtcDateTime - DateTime.UnixEpoch - time.GetElapsedTime(0);

    public void Set(DateTime now) => Interlocked.Exchange(ref _offset, now.Ticks - time.GetUtcNow().Ticks);

    public static void Write(Span<byte> bcd, DateTime moment)
    {
        bcd[0] = Digits(moment.Year % 100);
        bcd[1] = Digits(moment.Month);
        bcd[2] = Digits(moment.Day);
        bcd[3] = Digits(moment.Hour);
        bcd[4] = Digits(moment.Minute);
        bcd[5] = Digits(moment.Second);
        bcd[6] = Digits(moment.Millisecond / 10);
        bcd[7] = (byte)(moment.Millisecond % 10 << 4 | (int)moment.DayOfWeek + 1);
    }

    /// <summary>Years 90 to 99 are of the last century, as for every S7.</summary>
    /// <returns>False for what is no date; the weekday is not looked at.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bcd, out DateTime moment)
    {
        moment = default;
        Span<int> parts = stackalloc int[7];
        for (var i = 0; i < parts.Length; i++)
        {
            if (bcd[i] >> 4 > 9 || (bcd[i] & 0xF) > 9) return false;
            parts[i] = (bcd[i] >> 4) * 10 + (bcd[i] & 0xF);
        }
        var year = parts[0] + (parts[0] >= 90 ? 1900 : 2000);
        var thousandths = bcd[7] >> 4;
        if (parts[1] is < 1 or > 12 || parts[2] < 1 || parts[2] > DateTime.DaysInMonth(year, parts[1]) || parts[3] > 23 || parts[4] > 59 || parts[5] > 59 || thousandths > 9) return false;
        moment = new DateTime(year, parts[1], parts[2], parts[3], parts[4], parts[5], parts[6] * 10 + thousandths, DateTimeKind.Utc);
        return true;
    }

    /// <summary>1990 to 2089, what the format can say.</summary>
    private DateTime Shifted(DateTime moment)
    {
        var ticks = moment.Ticks + Interlocked.Read(ref _offset);
        return new DateTime(Math.Clamp(ticks, new DateTime(1990, 1, 1).Ticks, new DateTime(2090, 1, 1).Ticks - 1), DateTimeKind.Utc);
    }

    private static byte Digits(int number) => (byte)(number / 10 << 4 | number % 10);
}
