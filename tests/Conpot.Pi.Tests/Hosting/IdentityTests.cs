using System.Text;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.Http;
using Conpot.Pi.Protocols.S7comm;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

/// <summary>A thousand sensors of one profile: each is an individual over every protocol, and none is a device that everybody has read of.</summary>
public class IdentityTests
{
    private const int Devices = 1000;

    /// <summary>Defaults of Conpot, snap7 and nmap's manual (facts/conpot_tells.txt), and the real devices whose captures and banners are public: nobody else may have them.</summary>
    private static readonly string[] s_others =
    [
        "88111222", "S C-C2UR28922012", "MMC 267FF11F", "S C-X4U421302009", "S C-B1U393142011", "S C-C6TW48882012", "S C-V4P07826200", "MMC 4AAAC019",
        "VPB9502953", "VPC3513639", "VPXN545808", "00:0E:8C:82:38:A9", "08:00:06:72:7C:08",
    ];

    private static readonly Individual[] s_thousand = Make("machine");

    /// <summary>What one device says of itself. Size: how many values there are, all about equally likely.</summary>
    private static readonly (string What, Func<Individual, string> Of, double Size)[] s_marks =
    [
        ("serial number of the module", d => d.Serial, 9 * 9 * 1e6), // letter, first digit, six digits
        ("hardware address", d => d.Mac, 1 << 24), // the tail behind 00:0E:8C
        ("serial number of the CPU", d => d.CpuSerial, 4 * 9 * 1e5 * 9), // letter, digit, five digits, year
        ("serial number of the memory card", d => d.CardSerial, Math.Pow(2, 32)),
        ("checksums of hardware and program", d => d.Checksums, Math.Pow(2, 64)),
        ("style of the pages", d => d.Style, 4e26), // 26! orders of the letters, and endings
    ];

    private sealed record Individual(string Serial, string Mac, string CpuSerial, string CardSerial, string Checksums, string Station, string Style);

    /// <summary>Of N devices N(N-1)/2 pairs meet, each alike once in Size: far from one pair in all of these, so there is to be none.</summary>
    [Fact]
    public void No_two_of_a_thousand_devices_share_a_mark() => Assert.All(s_marks, mark =>
    {
        var expected = Devices * (Devices - 1) / 2.0 / mark.Size;
        Assert.True(expected < 0.05, $"{mark.What}: {expected} pairs are to be expected, too many to ask for none");
        Assert.Equal(Devices, s_thousand.Select(mark.Of).Distinct().Count());
    });

    /// <summary>A plant numbers its stations from 2 to 39: 26 devices share each, give or take five standard deviations of 5.1.</summary>
    [Fact]
    public void Stations_are_as_often_alike_as_chance_has_it()
    {
        var stations = s_thousand.GroupBy(d => d.Station).ToList();
        Assert.Equal(38, stations.Count);
        Assert.All(stations, s => Assert.InRange(s.Count(), 1, 52));
        Assert.All(stations, s => Assert.Matches("^PW([2-9]|[123][0-9])$", s.Key));
    }

    [Fact]
    public void None_is_a_device_that_is_known() => Assert.All(s_thousand, d =>
        Assert.DoesNotContain(s_others, known => d.ToString().Contains(known, StringComparison.OrdinalIgnoreCase)));

    [Fact]
    public void Each_is_itself_when_it_starts_again() => Assert.Equal(s_thousand, Make("machine"));

    private static Individual[] Make(string kind)
    {
        var errors = new ConfigErrors();
        var profile = PlcProfile.Load("s7-300-cp343", errors).Root; // its lists have a memory card
        var time = new FakeTimeProvider();
        using var cpu = new Cpu(new ProcessImage(), IoProgram.Empty, CpuSettings.Read(profile.Section("plc")), time);
        var s7200 = PlcProfile.Load(PlcProfile.Default, errors).Root.Section("identity").Text("station", "");
        var made = Enumerable.Range(0, Devices).Select(number =>
        {
            var seed = DeviceSeed.From($"{kind} {number}");
            var lists = SystemStatusLists.Read(profile.Section("s7comm"), profile.Section("identity"), cpu.Settings, seed, open: true);
            var device = new S7Device(cpu, seed, time, TimeSpan.FromHours(50));
            var style = Encoding.ASCII.GetString(new PanelSkin(seed).Fill("$a$b$c$d$e$f$g$h$i$j$k$l$m$n$o$p$q$r$s$t$u$v$w$x$y$z$A$B$C$D$E$F"));
            return new Individual(
                seed.Serial, seed.MacText, Text(lists, device, 0x011C, 5), Text(lists, device, 0x011C, 8), Convert.ToHexString(Record(lists, device, 0x0132, 4)[16..24]),
                seed.Personalise(s7200), style);
        }).ToArray();
        Assert.Empty(errors.InOrder);
        return made;
    }

    private static string Text(SystemStatusLists lists, S7Device device, ushort id, ushort index) =>
        Encoding.ASCII.GetString(Record(lists, device, id, index)[2..]).TrimEnd('\0', ' ');

    /// <summary>The one record that was asked for, behind the list's header.</summary>
    private static byte[] Record(SystemStatusLists lists, S7Device device, ushort id, ushort index)
    {
        var answer = new byte[SystemStatusLists.Longest];
        var length = lists.Write(id, index, device, answer, out var error);
        Assert.Equal(0, error);
        return answer[SystemStatusLists.Header..length];
    }
}
