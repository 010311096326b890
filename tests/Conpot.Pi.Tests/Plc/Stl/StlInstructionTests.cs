using Conpot.Pi.Plc.Stl;
using Xunit;

namespace Conpot.Pi.Tests.Plc.Stl;

/// <summary>One scan of a few lines: what stands in the image before, and what after.</summary>
public class StlInstructionTests
{
    [Theory]
    [InlineData("LD I0.0; = Q0.0; NOT; = Q0.1", "I0.0", "Q0.0=1 Q0.1=0")]
    [InlineData("LDN I0.0; = Q0.0", "", "Q0.0=1")]
    [InlineData("LD I0.0; A I0.1; = Q0.0", "I0.0", "Q0.0=0")]
    [InlineData("LD I0.0; AN I0.1; = Q0.0", "I0.0", "Q0.0=1")]
    [InlineData("LD I0.0; O I0.1; = Q0.0", "I0.1", "Q0.0=1")]
    [InlineData("LD I0.0; ON I0.1; = Q0.0", "", "Q0.0=1")]
    [InlineData("LDI I0.0; ANI I0.1; =I Q0.0; RI Q0.1, 1; SI Q0.2, 2", "I0.0 Q0.1", "Q0.0=1 Q0.1=0 Q0.2=1 Q0.3=1")]
    [InlineData("LD I0.0; LD I0.1; ALD; = Q0.0", "I0.0", "Q0.0=0")]
    [InlineData("LD I0.0; LD I0.1; OLD; = Q0.0", "I0.0", "Q0.0=1")]
    [InlineData("LD I0.0; LPS; A I0.1; = Q0.0; LRD; A I0.2; = Q0.1; LPP; A I0.3; = Q0.2", "I0.0 I0.2 I0.3", "Q0.0=0 Q0.1=1 Q0.2=1")]
    [InlineData("LD I0.0; LD I0.1; LDS 1; = Q0.0", "I0.0", "Q0.0=1")]
    [InlineData("LD SM0.0; S M0.6, 4; R M1.1, 1", "M2.0", "MB0=192 MB1=1 M2.0=1")]
    [InlineData("LD I0.0; S M0.0, 8", "", "MB0=0")]
    [InlineData("LD SM0.0; R Q0.0, VB0", "QB0=255 QB1=255 VB0=9", "QB0=0 QB1=254")]
    [InlineData("LD SM0.0; S V10239.6, VB0", "VB0=255", "VB10239=192")]
    [InlineData("LDB= VB0, 200; = Q0.0; LDB> VB0, 100; = Q0.1", "VB0=200", "Q0.0=1 Q0.1=1")]
    [InlineData("LDW< VW0, 0; = Q0.0; LDW>= VW0, 16#FFFE; = Q0.1", "VW0=-1", "Q0.0=1 Q0.1=1")]
    [InlineData("LDD<= VD0, -100000; = Q0.0; AD<> VD0, VD4; = Q0.1", "VD0=-100000", "Q0.0=1 Q0.1=1")]
    [InlineData("LDR> VD0, 2.5; = Q0.0; OR= VD0, 2.25; = Q0.1", "VD0=2.25", "Q0.0=0 Q0.1=1")]
    [InlineData("LDR< VD0, 1.0; OR>= VD0, 1.0; = Q0.0", "VD0=2143289344", "Q0.0=0")]
    [InlineData("LD SM0.0; MOVB 16#A5, VB0; MOVW -2, VW2; MOVD 2#101, VD4; MOVR 3.5, VD8; MOVW 'AB', VW12", "", "VB0=165 VW2=-2 VD4=5 VD8=3.5 VW12=16706")]
    [InlineData("LD I0.0; MOVW 5, VW0", "VW0=7", "VW0=7")]
    [InlineData("LD SM0.0; BMB VB0, VB10, 3", "VB0=1 VB1=2 VB2=3 VB13=9", "VB10=1 VB11=2 VB12=3 VB13=9")]
    [InlineData("LD SM0.0; BMW VW0, VW2, 2; BMD VD10, VD20, 1", "VW0=1 VW2=2 VD10=-7", "VW2=1 VW4=2 VD20=-7", "over each other")]
    [InlineData("LD SM0.0; DECW VW0; INCD VD2; DECD VD6", "VW0=-32768 VD2=-1 VD6=5", "VW0=32767 VD2=0 VD6=4 SM1.1=0")]
    [InlineData("LD SM0.0; DECW VW0", "VW0=-32768", "VW0=32767 SM1.1=1 SM1.2=0")]
    [InlineData("LD SM0.0; ANDB 15, VB0; ANDD 16#FF00FF, VD2; ORW 16#8000, VW6; ORD 1, VD8; XORB 255, VB12; XORW 255, VW14; INVD VD16", "VB0=90 VD2=-1 VW6=1 VD8=-2 VB12=15 VW14=257", "VB0=10 VD2=16711935 VW6=-32767 VD8=-1 VB12=240 VW14=510 VD16=-1")]
    [InlineData("LD SM0.0; -D 10, VD0; /R 0.0, VD4; AENO; = Q0.0", "VD0=3 VD4=1.5", "VD0=-7 VD4=1.5 SM1.3=1 Q0.0=0")]
    [InlineData("LD SM0.0; SQRT VD0, VD4", "VD0=-1.0 VD4=7", "VD4=7 SM1.1=1")]
    [InlineData("LD SM0.0; LDNI I0.0; OI I0.1; ONI I0.1; AI I0.2; = Q0.0", "I0.2", "Q0.0=1")]
    [InlineData("LD SM0.0; +I 5, VW0", "VW0=-5", "VW0=0 SM1.0=1 SM1.1=0 SM1.2=0")]
    [InlineData("LD SM0.0; +I 1, VW0", "VW0=32767", "VW0=32767 SM1.1=1")]
    [InlineData("LD SM0.0; -I 7, VW0", "VW0=5", "VW0=-2 SM1.2=1")]
    [InlineData("LD SM0.0; *I 300, VW0", "VW0=300", "VW0=300 SM1.1=1")]
    [InlineData("LD SM0.0; /I 4, VW0", "VW0=-9", "VW0=-2")]
    [InlineData("LD SM0.0; /I VW2, VW0", "VW0=9", "VW0=9 SM1.3=1 SM1.1=0")]
    [InlineData("LD SM0.0; /I -1, VW0", "VW0=-32768", "VW0=-32768 SM1.1=1")]
    [InlineData("LD SM0.0; +D 1, VD0", "VD0=2147483647", "VD0=2147483647 SM1.1=1")]
    [InlineData("LD SM0.0; *D -3, VD0; /D 2, VD0", "VD0=1000000", "VD0=-1500000")]
    [InlineData("LD SM0.0; /D -1, VD0", "VD0=-2147483648", "SM1.1=1")]
    [InlineData("LD SM0.0; MUL VW0, VD4", "VW0=-300 VW6=300", "VD4=-90000")]
    [InlineData("LD SM0.0; DIV 7, VD0", "VW2=-23", "VW0=-2 VW2=-3")]
    [InlineData("LD SM0.0; +R 1.5, VD0; *R 2.0, VD0; -R 1.0, VD0; /R 4.0, VD0", "VD0=1.5", "VD0=1.25")]
    [InlineData("LD SM0.0; *R VD0, VD0", "VD0=2122317823", "VD0=2122317823 SM1.1=1")]
    [InlineData("LD SM0.0; SQRT 9.0, VD0", "", "VD0=3.0")]
    [InlineData("LD SM0.0; INCB VB0; DECB VB1; INCW VW2; DECD VD4", "VB0=255 VW2=32767", "VB0=0 VB1=255 VW2=-32768 VD4=-1")]
    [InlineData("LD SM0.0; INCB VB0; AENO; = Q0.0", "VB0=255", "SM1.0=1 SM1.1=1 Q0.0=0")]
    [InlineData("LD SM0.0; ANDW 16#0FF0, VW0; ORB 1, VB2; XORD VD8, VD4; INVW VW12; INVB VB14", "VW0=-1 VB2=2 VD4=5 VD8=5", "VW0=4080 VB2=3 VD4=0 VW12=-1 VB14=255 SM1.0=0")]
    [InlineData("LD SM0.0; SLB VB0, 1", "VB0=129", "VB0=2 SM1.1=1 SM1.0=0")]
    [InlineData("LD SM0.0; SLW VW0, 4; SRB VB2, 1", "VW0=4660 VB2=3", "VW0=9024 VB2=1 SM1.1=1")]
    [InlineData("LD SM0.0; SLD VD0, 31", "VD0=3", "VD0=-2147483648 SM1.1=1 SM1.0=0")]
    [InlineData("LD SM0.0; SLD VD0, 32", "VD0=1", "VD0=0 SM1.1=1 SM1.0=1")]
    [InlineData("LD SM0.0; SLW VW0, 0", "VW0=5 SM1.1=1", "VW0=5 SM1.1=1 SM1.0=0")]
    [InlineData("LD SM0.0; RLW VW0, 4; RRB VB2, 1; RLD VD4, 8", "VW0=4660 VB2=1 VD4=305419896", "VW0=9025 VB2=128 VD4=878082066 SM1.1=0")]
    [InlineData("LD SM0.0; SRW VW0, 20", "VW0=-32768", "VW0=0 SM1.1=1 SM1.0=1")]
    [InlineData("LD SM0.0; SRD VD0, 4", "VD0=-16", "VD0=268435455 SM1.1=0")]
    [InlineData("LD SM0.0; RLB VB0, 9; RRW VW2, 1; RRD VD4, 32", "VB0=129 VW2=1 VD4=77", "VB0=3 VW2=-32768 VD4=77")]
    [InlineData("LD SM0.0; BTI VB0, VW2; ITD VW4, VD6; DTI VD10, VW14; ITB VW16, VB18", "VB0=200 VW4=-3 VD10=-7 VW16=255", "VW2=200 VD6=-3 VW14=-7 VB18=255 SM1.1=0")]
    [InlineData("LD SM0.0; DTI VD0, VW4", "VD0=32768 VW4=9", "VW4=9 SM1.1=1")]
    [InlineData("LD SM0.0; DTR -7, VD0; ROUND 2.5, VD4; TRUNC -2.9, VD8; ROUND VD12, VD16", "VD12=3.6", "VD0=-7.0 VD4=3 VD8=-2 VD16=4")]
    [InlineData("LD SM0.0; TRUNC 3000000000.0, VD0", "VD0=1", "VD0=1 SM1.1=1")]
    [InlineData("LD SM0.0; MOVW 16#1234, AC0; MOVB AC0, VB0; MOVD AC0, VD4; +I AC0, AC0; MOVW AC0, VW8", "", "VB0=52 VD4=4660 VW8=9320")]
    [InlineData("LD I0.0; = L60.0; LD L60.0; = Q0.0; MOVB LB60, VB0", "I0.0", "Q0.0=1 VB0=1")]
    [InlineData("LD SM0.0; JMP 3; = Q0.0; NETWORK; LBL 3; NETWORK; LD SM0.0; = Q0.1", "", "Q0.0=0 Q0.1=1")]
    [InlineData("LD SM0.0; FOR VW0, 1, 10; NETWORK; LD SM0.0; +I VW0, VW2; NETWORK; NEXT; NETWORK; LD SM0.0; INCW VW4", "", "VW0=11 VW2=55 VW4=1")]
    [InlineData("LD SM0.0; FOR VW0, 5, 4; NETWORK; LD SM0.0; INCW VW2; NETWORK; NEXT", "", "VW2=0")]
    [InlineData("LD SM0.0; END; = Q0.0", "", "Q0.0=0")]
    [InlineData("LD I0.0; END; = Q0.0", "", "Q0.0=0")]
    [InlineData("LD SM0.0; CALL 0; = Q0.0; MEND; SBR 0; LD SM0.0; = Q0.1; CRET; = Q0.2; RET", "", "Q0.0=1 Q0.1=1 Q0.2=0")]
    [InlineData("LD I0.0; CALL 0; MEND; SBR 0; LD SM0.0; = Q0.1; RET", "", "Q0.1=0")]
    public void A_scan(string program, string before, string after, string because = "")
    {
        var bench = new StlBench(program);
        bench.SetAll(before);
        Assert.Equal(ProgramEnd.Complete, bench.Scan());
        bench.Expect(after, because);
    }

    /// <summary>So that no instruction comes without one; timers, counters and edges take several scans and have tests of their own.</summary>
    [Fact]
    public void Every_mnemonic_has_a_row()
    {
        string[] elsewhere = ["TON", "TOF", "TONR", "CTU", "CTD", "CTUD", "EU", "ED", "STOP", "WDR", "NOP"];
        var rows = typeof(StlInstructionTests).GetMethod(nameof(A_scan))!.GetCustomAttributes(typeof(InlineDataAttribute), inherit: false).Cast<InlineDataAttribute>();
        var words = rows.SelectMany(row => ((string)row.Data[0]!).Split(';')).Select(line => line.Trim().Split(' ')[0]);
        Assert.Empty(Mnemonics.All.Where(m => m.Value.Op is not (Op.LoadCompare or Op.AndCompare or Op.OrCompare)).Select(m => m.Key).Except(words).Except(elsewhere));
    }

    [Fact]
    public void Every_comparison_compares()
    {
        (string Sign, Func<int, bool> Holds)[] relations = [("=", c => c == 0), ("<>", c => c != 0), ("<", c => c < 0), ("<=", c => c <= 0), (">", c => c > 0), (">=", c => c >= 0)];
        // Bytes count from 0, words and double words have a sign; each list in its order.
        (string Letter, string[] Values)[] kinds =
            [("B", ["0", "1", "127", "128", "255"]), ("W", ["-32768", "-1", "0", "32767"]), ("D", ["-2147483648", "-70000", "0", "2147483647"]), ("R", ["-1.5", "0.0", "0.25", "70000.5"])];
        foreach (var (letter, values) in kinds)
        {
            foreach (var (sign, holds) in relations)
            {
                for (var pair = 0; pair < values.Length * values.Length; pair++)
                {
                    var (a, b) = (pair / values.Length, pair % values.Length);
                    var (compare, expected) = ($"{letter}{sign} {values[a]}, {values[b]}", holds(a.CompareTo(b)) ? 1 : 0);
                    var bench = new StlBench($"LD{compare}; = Q0.0; LD SM0.0; A{compare}; = Q0.1; LDN SM0.0; A{compare}; = Q0.2; LD SM0.0; O{compare}; = Q0.3; LDN SM0.0; O{compare}; = Q0.4");
                    bench.Scan();
                    bench.Expect($"Q0.0={expected} Q0.1={expected} Q0.2=0 Q0.3=1 Q0.4={expected}", compare);
                }
            }
        }
    }

    [Fact]
    public void Edges_last_one_scan_and_the_first_scan_has_none()
    {
        var bench = new StlBench("LD I0.0; EU; = Q0.0; NETWORK; LD I0.0; ED; = Q0.1");
        var seen = "";
        foreach (var input in (int[])[1, 1, 0, 0, 1, 1, 0])
        {
            bench.Set("I0.0", input);
            bench.Scan();
            seen += bench.Bit("Q0.0") ? "r" : bench.Bit("Q0.1") ? "f" : "-";
        }
        Assert.Equal("--f-r-f", seen);
        bench.Set("I0.0", 1);
        bench.EnterRun();
        bench.Scan();
        Assert.False(bench.Bit("Q0.0"));
    }

    [Fact]
    public void What_the_program_does_not_drive_stays_as_it_was_written()
    {
        var bench = new StlBench("LD I0.0; = Q0.0; LD I0.1; S Q0.1, 1");
        bench.SetAll("Q0.0 Q0.1 Q0.2");
        bench.Scan();
        bench.Expect("Q0.0=0 Q0.1=1 Q0.2=1");
    }

    [Fact]
    public void A_loop_without_end_is_an_overrun_and_a_STOP_ends_the_scan()
    {
        Assert.Equal(ProgramEnd.Overrun, new StlBench("LBL 1; NETWORK; LD SM0.0; JMP 1").Scan());
        Assert.Equal(ProgramEnd.Overrun, new StlBench("LD SM0.0; FOR VW0, 1, 32767; NETWORK; NEXT").Scan());
        var bench = new StlBench("LD I0.0; STOP; = Q0.0; NOT; = Q0.1");
        Assert.Equal(ProgramEnd.Complete, bench.Scan());
        bench.Set("I0.0", 1);
        bench.Set("Q0.1", 0);
        Assert.Equal(ProgramEnd.Stopped, bench.Scan());
        bench.Expect("Q0.0=0 Q0.1=0");
    }
}
