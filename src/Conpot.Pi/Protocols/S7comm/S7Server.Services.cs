using System.Globalization;
using System.Text;
using Conpot.Pi.Events;

namespace Conpot.Pi.Protocols.S7comm;

/// <content>User data beside system status lists: time of day, passwords.</content>
internal sealed partial class S7Server
{
    /// <summary>
    /// Errors: "incorrect password", "the connection has already been enabled" (to who gives back what he never had: dark-lbp/isf, test_s7comm.py), "password does
    /// not exist" (a CPU without protection), "date or time invalid"; names of packet-s7comm.c.
    /// </summary>
    private const ushort WrongPassword = 0xD602, NothingToGiveBack = 0xD604, NoPassword = 0xD605, WrongTime = 0xDC01;

    public const int PasswordLength = 8;

    /// <summary>01 and 03 read, 02 and 04 set; the data are a zero, the century's two digits and the clock (WIRE 3.4).</summary>
    private void TimeOfDay(in S7Pdu pdu, in S7Userdata asked, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        switch (asked.Subfunction)
        {
            case 1 or 3:
                exchange.Kind = S7commEvents.Clock;
                exchange.Operation = "read clock"u8;
                Span<byte> moment = stackalloc byte[2 + S7Clock.Bytes];
                (moment[0], moment[1]) = (0, 0x19); // 19 in 2016 as well: the capture
                S7Clock.Write(moment[2..], station.Clock.Now);
                Reply(in pdu, in asked, moment, link, ref frames);
                break;
            case 2 or 4:
                exchange.Kind = S7commEvents.ClockSet;
                exchange.Operation = "set clock"u8;
                if (asked.Data.Length < 2 + S7Clock.Bytes || !S7Clock.TryRead(asked.Data[2..], out var wanted))
                {
                    Fail(in pdu, in asked, WrongTime, link, ref frames, ref exchange);
                    break;
                }
                exchange.Note = string.Create(CultureInfo.InvariantCulture, $"clock {station.Clock.Now:yyyy-MM-dd HH:mm:ss}, set to {wanted:yyyy-MM-dd HH:mm:ss}");
                station.Clock.Set(wanted);
                Acknowledge(in pdu, in asked, 0, link, ref frames);
                break;
            default:
                exchange.Kind = S7commEvents.Unknown;
                exchange.Operation = "unknown clock function"u8;
                Fail(in pdu, in asked, S7Error.NotAvailable, link, ref frames, ref exchange);
                break;
        }
    }

    /// <summary>01 tries a password of eight characters, 02 gives the access back.</summary>
    private void Security(in S7Pdu pdu, in S7Userdata asked, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        switch (asked.Subfunction)
        {
            case 1 when asked.Data.Length >= PasswordLength:
                exchange.Kind = S7commEvents.Password;
                exchange.Operation = "password"u8;
                // Each character is XORed with 55 and with the encoded one two places before: no secret, every client does it.
                var plain = new byte[PasswordLength];
                for (var i = 0; i < PasswordLength; i++) plain[i] = (byte)(asked.Data[i] ^ 0x55 ^ (i < 2 ? 0 : asked.Data[i - 2]));
                var text = plain.AsSpan().TrimEnd((byte)' ').TrimEnd((byte)0);
                exchange.Said = text.ToArray();
                link.Legitimised = settings.Password.Length > 0 && Encoding.Latin1.GetString(text) == settings.Password;
                if (link.Legitimised) exchange.Kind = S7commEvents.PasswordTaken;
                if (link.Legitimised) Acknowledge(in pdu, in asked, 0, link, ref frames);
                else Fail(in pdu, in asked, settings.HasPassword ? WrongPassword : NoPassword, link, ref frames, ref exchange);
                break;
            case 2:
                exchange.Kind = S7commEvents.Password;
                exchange.Operation = "give access back"u8;
                if (link.Legitimised) Acknowledge(in pdu, in asked, 0, link, ref frames);
                else Fail(in pdu, in asked, NothingToGiveBack, link, ref frames, ref exchange);
                link.Legitimised = false;
                break;
            default:
                exchange.Kind = asked.Subfunction == 1 ? S7commEvents.Malformed : S7commEvents.Unknown;
                exchange.Operation = "unknown security function"u8;
                Fail(in pdu, in asked, S7Error.NotAvailable, link, ref frames, ref exchange);
                break;
        }
    }
}
